import { ContainerPhase, ExecSyncCall, StopContainerCall } from '@slipway/contracts';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Check, expectThat } from '../check.js';
import { Unexpected } from '../outcome.js';
import { type RawReply, rawCall } from '../raw-call.js';

interface WireError {
  code?: unknown;
  message?: unknown;
  stage?: unknown;
  causes?: unknown;
}

function wireError({ status, data }: RawReply): WireError & { code: string } {
  if (status !== 'error') throw new Unexpected(`an answer with the status ${JSON.stringify(status)}`);
  const text = Buffer.from(data).toString();
  try {
    const error = JSON.parse(text) as WireError;
    if (typeof error.code === 'string' && typeof error.message === 'string' && Array.isArray(error.causes)) {
      return { ...error, code: error.code };
    }
  } catch {
    // It is shown below.
  }
  throw new Unexpected(`an error that is not JSON with code, message and causes: ${text.slice(0, 200)}`);
}

const ignoresTerm = 'trap "" TERM; while :; do $b sleep 0.05; done';

export const calls: readonly Check[] = [
  {
    name: 'a malformed request',
    expects: 'INVALID_REQUEST, as JSON with code, message, stage and causes',
    run: async (scene) => {
      const error = wireError(await rawCall(scene, 'StartContainer', Buffer.from([0xff, 0xff, 0xff])).over);
      const came = `${error.code}, stage ${String(error.stage)}`;
      return expectThat(came, came === 'INVALID_REQUEST, stage executor');
    },
  },
  {
    name: 'beats',
    expects: 'the first within 1 s, then no silence of 5 s, each with its instance',
    process: true,
    run: async (scene) => {
      const { id } = await scene.started({ script: ignoresTerm });
      await sleep(300);
      const call = rawCall(scene, 'StopContainer', StopContainerCall.encode({ id, graceSeconds: 4n }));
      await call.over;
      const beats = call.replies.filter(({ status }) => status === 'beat');
      const times = [0, ...call.replies.map(({ at }) => at)];
      const longest = Math.max(...times.slice(1).map((at, index) => at - (times[index] as number)));
      const named = call.replies.every(({ instance }) => instance !== '');
      const came = `${beats.length} beats, the first after ${beats[0]?.at} ms, the longest silence ${longest} ms`;
      return expectThat(came, beats.length > 1 && (beats[0]?.at ?? 9999) < 1000 && longest < 5000 && named);
    },
  },
  {
    name: 'a call that is given up',
    expects: 'an error soon, and the work has stopped',
    process: true,
    run: async (scene) => {
      const { id } = await scene.started({ script: ignoresTerm });
      await sleep(300);
      const call = rawCall(scene, 'StopContainer', StopContainerCall.encode({ id, graceSeconds: 2n }));
      await sleep(300);
      call.cancel();
      const error = wireError(await call.over);
      const soon = (call.replies.at(-1)?.at ?? 0) < 1500;
      await sleep(2500);
      const { phase } = await scene.container(id);
      const stopped = phase === ContainerPhase.CONTAINER_PHASE_RUNNING;
      return expectThat(`${error.code}${stopped ? '' : ', and it was killed all the same'}`, soon && stopped);
    },
  },
  {
    name: 'a deadline that passes',
    expects: 'an error soon after it',
    process: true,
    run: async (scene) => {
      const { id } = await scene.started();
      const command = ['/bin/busybox', 'sleep', '20'];
      const call = rawCall(scene, 'ExecSync', ExecSyncCall.encode({ id, command }), 1000);
      const reply = await call.over;
      const error = wireError(reply);
      return expectThat(`${error.code} after ${reply.at} ms`, reply.at < 8000);
    },
  },
  {
    name: 'ping',
    expects: 'a micro service slipway-executor-<handler> with its node and instance',
    run: async (scene) => {
      const { bus, handler } = scene;
      const answer = await bus.connection.request(`$SRV.PING.slipway-executor-${handler.name}`, undefined, {
        timeout: 5000,
      });
      const { name, metadata } = answer.json<{ name: string; metadata?: { node?: string; instance?: string } }>();
      const came = `${name}, node ${metadata?.node}, instance ${metadata?.instance}`;
      return expectThat(came, metadata?.node === bus.node && Boolean(metadata.instance));
    },
  },
];
