import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { cannotRun, type Lab, openLab, suiteMs } from '../support/lab.js';
import { installVersion } from '../support/other-version.js';
import { slipway } from '../support/slipway.js';
import { IdlePods, type Installation, runUpgrades, upgradeKilled } from '../upgrade/upgrade.js';

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

  test('one that was cut off by the end of the supervisor is whole after it was repeated', async () => {
    const idle = await IdlePods.start(lab, 2);
    await upgradeKilled(lab, newer, { victim: 'supervisor', afterMs: 1000 });
    await idle.check();
    await idle.remove();
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
});
