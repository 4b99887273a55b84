import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { cannotRun, type Lab, openLab, suiteMs } from '../support/lab.js';
import { installVersion } from '../support/other-version.js';
import { Pod, podConfig, shell } from '../support/pod.js';
import { until } from '../support/retry.js';
import { slipway, startSlipway } from '../support/slipway.js';
import { openSession } from '../support/streaming.js';
import { upgradeKilled, upgradeOf } from '../upgrade/kills.js';
import { expectAll, type Installation, runUpgrades, upgrade } from '../upgrade/upgrade.js';
import { Witnesses } from '../upgrade/witnesses.js';

describe('a node is upgraded under running pods', { skip: cannotRun, timeout: suiteMs }, () => {
  let lab: Lab;
  let directory: string;
  let newer: Installation;
  let older: Installation;

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'sw-upgrade-'));
    newer = { tree: installVersion(join(directory, 'newer'), '0.9.1'), version: '0.9.1' };
    older = { tree: installVersion(join(directory, 'older'), '0.0.9'), version: '0.0.9' };
    lab = await openLab({ handlers: ['crun'] });
  });
  after(async () => {
    try {
      await lab?.close();
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });

  test('to a newer version and back to an older one: no call fails, no session ends, no container is started again', async () => {
    const { pods, exits } = await runUpgrades(lab, { to: [newer, older], pods: 10, workers: 2 });
    assert.ok(pods >= 2 && exits >= 4, `${pods} pods, ${exits} exits`);
    const { version } = await slipway<{ version: string }>(lab.node, 'status');
    assert.equal(version, older.version);
  });

  test('one goes on when its command is killed: the same command reports its outcome, another one begins after it', async () => {
    const { node } = lab;
    const command = startSlipway(node, 'upgrade', '--to', newer.tree);
    command.done.catch(() => undefined);
    await until('the upgrade has begun', () => upgradeOf(node.state)?.step !== undefined);
    command.child.kill('SIGKILL');
    const back = startSlipway<{ from: string; version: string }>(node, 'upgrade', '--to', older.tree).done;
    const same = await slipway<{ from: string; version: string }>(node, 'upgrade', '--to', newer.tree);
    assert.deepEqual([same.from, same.version], [older.version, newer.version]);
    const { from, version } = await back;
    assert.deepEqual([from, version], [newer.version, older.version]);
    const orders = node.logs().match(/this supervisor becomes the one/g);
    assert.equal(orders?.length, 4, 'two of the test before, and two');
    const { upgrade: shown } = await slipway<{ upgrade?: { state: string; to: string } }>(node, 'status');
    assert.deepEqual([shown?.state, shown?.to], ['done', older.version]);
    await expectAll(lab, older.version);
  });

  test('one that was cut off by the end of the supervisor is whole after it was repeated', async () => {
    const witnesses = await Witnesses.start(lab, 2);
    const kill = { victim: 'supervisor', step: 'puller', afterMs: 200 } as const;
    await witnesses.during(() => upgradeKilled(lab, newer, kill));
    await witnesses.remove();
  });

  test('its processes go on where their files are gone, and can be upgraded', async () => {
    removeBundles(newer.tree);
    const { node, cri, image } = lab;
    await cri.removeImage({ image: { image } });
    await cri.pullImage({ image: { image } });
    const pod = await Pod.run(cri, podConfig(node));
    const id = await pod.start(shell(image, 'sleep 1000'));
    const session = openSession((await cri.exec({ containerId: id, cmd: ['echo', 'here'], stdout: true })).url);
    await session.stdout.has(/here/);
    assert.equal(await session.done, 0);
    for (const { http } of node.processes()) {
      if (http !== undefined) assert.match(await (await fetch(`${http}/metrics`)).text(), /^slipway_/m);
    }
    await pod.remove();
    await upgrade(lab, older);
    await expectAll(lab, older.version);
    assert.doesNotMatch(node.logs(), noFile);
  });

  test('what a version does not know is named, and nothing is changed', async () => {
    const before = lab.node.processes().map(({ name, pid }) => `${name} ${pid}`);
    await assert.rejects(
      slipway(lab.node, 'upgrade', '--to', directory),
      /UPGRADE_REFUSED.*there is no .*bin\/slipway/,
    );

    // As an older version, which has fewer settings than the file; and one that reads an older format of records.
    const file = join(older.tree, 'packages/cli/dist');
    for (const name of readdirSync(file).filter((one) => one.endsWith('.mjs'))) {
      const text = readFileSync(join(file, name), 'latin1');
      writeFileSync(join(file, name), text.replaceAll('disk.reserveBytes', 'disk.unknownBytes'), 'latin1');
    }
    const records = join(lab.node.root, 'records/images');
    const image = readFileSync(join(records, readdirSync(records).find((name) => !name.startsWith('.')) as string));
    // The format, less one, is the first byte behind the head of the seal: packages/records/src/seal.ts.
    const alien = Buffer.from(image);
    alien[alien.length - 32] = 1;
    createHash('sha256')
      .update(alien.subarray(0, -8))
      .digest()
      .copy(alien, alien.length - 8, 0, 8);
    mkdirSync(join(lab.node.root, 'records/containers'), { recursive: true });
    writeFileSync(join(lab.node.root, 'records/containers/alien'), alien);
    try {
      await assert.rejects(
        slipway(lab.node, 'upgrade', '--to', older.tree),
        /UPGRADE_REFUSED.*disk\.reserveBytes \(\S+config\.toml:\d+\): it has no such setting; there are records of format 2, and it reads formats up to 1/,
      );
    } finally {
      assert.deepEqual(readFileSync(join(lab.node.root, 'records/containers/alien')), alien);
      rmSync(join(lab.node.root, 'records/containers/alien'));
    }
    assert.deepEqual(
      lab.node.processes().map(({ name, pid }) => `${name} ${pid}`),
      before,
    );
  });

  test('and a node without its files ends in order', async () => {
    removeBundles(older.tree);
    await lab.node.shutDown();
    assert.equal(lab.node.up.exitCode, 0);
    assert.doesNotMatch(lab.node.logs(), noFile);
  });
});

/** What Node says of a module that is not there. */
const noFile = /ERR_MODULE_NOT_FOUND|Cannot find (module|package)|ENOENT.*\/dist\//;

/** As a package does in the middle of its installation. koffi, which each thread loads for itself, stays. */
function removeBundles(tree: string): void {
  rmSync(join(tree, 'packages'), { recursive: true });
  rmSync(join(tree, 'services'), { recursive: true });
}
