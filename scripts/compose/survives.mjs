import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const RUNNING = 1;
const EXITED = 2;
/** Counts ten times a second until it is told to end. */
const script = 'i=0; while [ ! -e /end ]; do i=$((i+1)); echo $i; sleep 0.1; done; exit 7';

/**
 * A pod that runs while its executor's container is restarted, replaced and absent: the
 * container and its log go on, commands run in it afterwards, and its end is noticed.
 */
export async function survivesItsExecutor({ cri, kubeletNamespaces, handler, image, logs, root, compose }) {
  const linux = { securityContext: { namespaceOptions: kubeletNamespaces } };
  const metadata = { name: `survivor-${handler}`, namespace: 'default', uid: randomUUID(), attempt: 0 };
  const logDirectory = join(logs, metadata.name);
  mkdirSync(logDirectory, { recursive: true });
  const sandboxConfig = { metadata, logDirectory, linux };
  const { podSandboxId } = await cri.runPodSandbox({ config: sandboxConfig, runtimeHandler: handler });
  const config = {
    metadata: { name: 'count', attempt: 0 },
    image: { image },
    command: ['/bin/sh', '-c', script],
    logPath: 'count.log',
    linux,
  };
  const { containerId } = await cri.createContainer({ podSandboxId, sandboxConfig, config });
  await cri.startContainer({ containerId });
  const status = async () => (await cri.containerStatus({ containerId })).status;
  const counted = () => readFileSync(join(logDirectory, 'count.log'), 'utf8').trim().split('\n').length;
  const { startedAt } = await status();

  const service = `executor-${handler}`;
  const swaps = [
    ['restart', service],
    ['up', '--detach', '--no-deps', '--force-recreate', service],
  ];
  for (const swap of swaps) {
    await compose(...swap);
    const before = counted();
    await until(`the log of a container goes on after ${swap[0]} ${service}`, () => counted() > before + 5);
    const now = await status();
    expect(now?.state === RUNNING && now.startedAt === startedAt, `its container runs on, but is ${now?.state}`);
    const { stdout, exitCode } = await execSync(cri, containerId);
    expect(exitCode === 0 && Buffer.from(stdout).toString() === 'here\n', 'a command runs in it');
  }
  const lines = readFileSync(join(logDirectory, 'count.log'), 'utf8').trim().split('\n');
  const lost = lines.findIndex((line, at) => line.split(' ')[3] !== String(at + 1));
  expect(lost < 0, `the log has every line, but lacks ${lost + 1}`);

  // gVisor keeps what it knows of files: only the container itself could end it from within.
  if (handler !== 'runsc') {
    await compose('stop', service);
    const rootfs = join(root, 'bundles', containerId, 'rootfs');
    expect(existsSync(join(rootfs, 'bin')), 'the root file system is seen on the host');
    writeFileSync(join(rootfs, 'end'), '');
    await sleep(500);
    await compose('start', service);
    await until('an end without an executor is noticed', async () => (await status())?.state === EXITED);
    expect((await status())?.exitCode === 7, 'its exit code is kept');
  }
  await retried(() => cri.stopPodSandbox({ podSandboxId }));
  await cri.removePodSandbox({ podSandboxId });
}

function execSync(cri, containerId) {
  return retried(() => cri.execSync({ containerId, cmd: ['echo', 'here'], timeout: 10n }));
}

/** An executor that starts answers after its probe. */
async function retried(call) {
  for (let tries = 1; ; tries++) {
    try {
      return await call();
    } catch (error) {
      if (tries === 50) throw error;
      await sleep(200);
    }
  }
}

export function expect(condition, what) {
  if (!condition) throw new Error(`not so: ${what}`);
}

async function until(what, holds) {
  for (let tries = 0; tries < 150; tries++) {
    if (await holds()) return;
    await sleep(100);
  }
  throw new Error(`not so after 15 s: ${what}`);
}
