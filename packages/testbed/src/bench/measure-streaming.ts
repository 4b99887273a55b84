import { setTimeout as sleep } from 'node:timers/promises';
import type { StreamingClient } from './streaming-client.js';
import { type BenchPod, podDown, podUp, type Samples } from './measure.js';
import type { Target } from './targets.js';

const port = 7000;
const connections = 50;

export interface StreamingSizes {
  /** Bytes through exec and port-forward. */
  bytes: number;
  /** ExecSync calls of a round. */
  calls: number;
}

/** A pod whose container serves an echo on a port. */
export async function echoPod(target: Target, image: string): Promise<BenchPod> {
  const pod = await podUp(target, image, () => undefined, `nc -ll -p ${port} -e cat & sleep 3600 & wait`);
  for (let tries = 0; tries < 100; tries++) {
    const cmd = ['sh', '-c', 'cat /proc/net/tcp6 /proc/net/tcp'];
    const { stdout } = await target.cri.execSync({ containerId: pod.containerId, cmd, timeout: 5n });
    if (/:1B58 /.test(Buffer.from(stdout).toString())) return pod;
    await sleep(50);
  }
  await podDown(target.cri, pod);
  throw new Error(`${target.name}: the pod's server does not listen`);
}

/** A round of all measurements on one pod. */
export async function measureStreaming(
  { cri }: Target,
  { podSandboxId, containerId }: BenchPod,
  client: StreamingClient,
  { bytes, calls }: StreamingSizes,
  samples: Samples,
): Promise<void> {
  const took = (what: string, value: number): void => void samples.set(what, [...(samples.get(what) ?? []), value]);
  const exec = async (cmd: string): Promise<string> =>
    (await cri.exec({ containerId, cmd: ['sh', '-c', cmd], stdin: true, stdout: true, stderr: true })).url;
  const forward = async (): Promise<string> => (await cri.portForward({ podSandboxId, port: [port] })).url;
  const blocks = Math.round(bytes / 65_536);
  const whole = blocks * 65_536;
  const read = await exec(`dd if=/dev/zero bs=65536 count=${blocks} 2>/dev/null`);
  took('exec, stdout (MB/s)', await client.read(read, whole));
  took('exec, stdin (MB/s)', await client.write(await exec('wc -c'), whole));
  took('port-forward, there and back (MB/s)', await client.forward(await forward(), port, whole));
  const { trip, connection } = await client.latency(await forward(), port, connections);
  took('port-forward, a byte there and back (ms)', trip);
  took('port-forward, a new connection and a byte (ms)', connection);
  for (let call = 0; call < calls; call++) {
    const started = performance.now();
    await cri.execSync({ containerId, cmd: ['/bin/true'], timeout: 10n });
    took('ExecSync true (ms)', performance.now() - started);
  }
}
