import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { status as grpcStatus } from '@grpc/grpc-js';
import { buildBusyboxImage } from '../busybox-image.js';
import { criClient } from '../cri-client.js';
import { type EventWatch, watchEvents } from '../events.js';
import { nodeLeftovers, podLeftovers } from '../leftovers.js';
import { startNode, type TestNode } from '../node.js';
import { startRegistry, type TestRegistry } from '../registry.js';
import { waterfall } from '../waterfall.js';
import { runPod } from './run-pod.js';
import { done, failed, line, PullDisplay, title } from './screen.js';

const usage = `Runs the main job on a node of its own: pull an image, run a pod, look into it, take it away.

  npm run demo                                             an image made here, served on loopback
  npm run demo -- --image docker.io/library/alpine:3.20    an image from the network
  npm run demo -- --handler runc                           this handler only; may be given again
  npm run demo -- --socket /run/slipway/slipway.sock       a Slipway that runs already
      --logs /var/log/pods                                 where that one can write the pods' logs`;

const { values: options } = parseArgs({
  options: {
    image: { type: 'string' },
    handler: { type: 'string', multiple: true },
    socket: { type: 'string' },
    logs: { type: 'string', default: '/var/log/pods' },
    help: { type: 'boolean', short: 'h' },
  },
});

/** Everything to be taken away at the end, last made first. */
const undo: (() => Promise<void>)[] = [];

async function main(): Promise<void> {
  const handlers = options.handler ?? ['', 'runsc'];
  let node: TestNode | undefined;
  let events: EventWatch | undefined;
  if (options.socket === undefined) {
    title('A node of its own');
    const started = performance.now();
    node = await startNode({ handlers: ['crun', 'runc', 'runsc'] });
    undo.push(node.stop.bind(node));
    events = await watchEvents(node);
    undo.push(events.close.bind(events));
    done(
      'slipway up',
      `${(performance.now() - started).toFixed(0)} ms  ${node
        .processes()
        .map(({ name }) => name)
        .join(' ')}`,
    );
  }
  const socket = options.socket ?? node?.socket ?? '';
  const cri = criClient(socket);
  undo.push(() => Promise.resolve(cri.close()));
  const ready = await handlersReady(cri);
  const version = await cri.version({});
  done('Version', `${version.runtimeName} ${version.runtimeVersion}, CRI ${version.runtimeApiVersion}, ${socket}`);
  done('Status', ready);

  title('Pull');
  let image = options.image;
  let registry: TestRegistry | undefined;
  if (image === undefined) {
    registry = await startRegistry();
    undo.push(registry.stop.bind(registry));
    image = (await buildBusyboxImage({ registry })).reference;
    done('image', `Debian's busybox as ${image}`);
  }
  const display = new PullDisplay();
  events?.onPull((progress) => display.show(progress));
  const started = performance.now();
  const { imageRef } = await cri.pullImage({ image: { image } }, { timeoutMs: 600_000 });
  // The last progress may be on its way still.
  await sleep(50);
  display.end();
  done('PullImage', `${(performance.now() - started).toFixed(1)} ms  ${imageRef.slice(0, 19)}`);
  await showWaterfall(events);

  const logs = node?.place.directory ?? logsOfOther(options.logs);
  for (const handler of handlers) {
    title(handler === '' ? 'A pod on the default handler' : `A pod on ${handler}`);
    const logDirectory = join(logs, `logs-${handler || 'default'}`);
    mkdirSync(logDirectory, { recursive: true });
    await runPod({ cri, handler, image, logDirectory });
    await showWaterfall(events);
  }

  title('What is left');
  await cri.removeImage({ image: { image } });
  const sandboxes = (await cri.listPodSandbox({ filter: { labelSelector: { demo: 'slipway' } } })).items;
  report(
    'pods',
    sandboxes.map(({ id }) => `sandbox ${id}`),
  );
  if (node) {
    report('on the node', podLeftovers(node));
    for (const step of undo.splice(0).toReversed()) await step();
    report('on the machine', nodeLeftovers(node.place));
  }
}

/**
 * A directory for logs where the demo has no node of its own: below the kubelet's, which a
 * Slipway in a container has from the host, as it has not the host's temporary directory.
 */
function logsOfOther(parent: string): string {
  mkdirSync(parent, { recursive: true });
  const directory = mkdtempSync(join(parent, 'sw-demo-'));
  undo.push(() => Promise.resolve(rmSync(directory, { recursive: true, force: true })));
  return directory;
}

/**
 * Waits until the gateway listens and executors have probed their runtimes: 30 seconds at most.
 * Answers what is there in one line.
 */
async function handlersReady(cri: ReturnType<typeof criClient>): Promise<string> {
  let message = '';
  for (let tries = 0; tries < 300; tries++) {
    const { status, runtimeHandlers } = await cri.status({}).catch((error: { code?: number; details?: string }) => {
      if (error.code !== grpcStatus.UNAVAILABLE) throw error;
      return {
        status: { conditions: [{ type: 'Gateway', status: false, message: error.details }] },
        runtimeHandlers: [],
      };
    });
    const unmet = (status?.conditions ?? []).filter((condition) => !condition.status);
    if (unmet.length === 0) {
      const names = runtimeHandlers.map(({ name }) => name || '(default)');
      return `ready, handlers ${names.join(' ')}`;
    }
    message = unmet.map((condition) => `${condition.type}: ${condition.message}`).join('; ');
    await sleep(100);
  }
  throw new Error(`the node is not ready: ${message}`);
}

/** Draws and drops the spans since the last time. */
async function showWaterfall(events: EventWatch | undefined): Promise<void> {
  if (!events) return;
  // Spans are events: the last ones may be on their way still.
  await sleep(100);
  const spans = events.spans.splice(0);
  const quiet = new Set(['Status', 'Version', 'PodSandboxStatus', 'ContainerStatus', 'Describe']);
  const hidden = new Set(
    spans.filter((span) => span.parentId === '' && quiet.has(span.name)).map((span) => span.traceId),
  );
  const lines = waterfall(spans.filter((span) => !hidden.has(span.traceId) && !quiet.has(span.name)));
  line('');
  for (const text of lines) line(text);
  line('░ NATS hop   ▒ queue   █ work');
}

function report(where: string, left: readonly string[]): void {
  if (left.length === 0) {
    done(where, 'nothing');
    return;
  }
  process.exitCode = 1;
  for (const one of left) failed(where, one);
}

if (options.help) {
  console.log(usage);
} else {
  const interrupted = new Promise<never>((_resolve, reject) => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => reject(new Error(`ended by ${name}`)));
  });
  try {
    await Promise.race([main(), interrupted]);
  } catch (error) {
    process.exitCode = 1;
    const details = (error as { details?: string }).details;
    failed('demo', details ?? (error instanceof Error ? error.message : String(error)));
  }
  for (const step of undo.splice(0).toReversed())
    await step().catch((error: unknown) => failed('cleanup', String(error)));
  title(process.exitCode ? 'The demo failed.' : 'All of it worked, and nothing is left.');
}
