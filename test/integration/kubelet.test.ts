import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import type { RuntimeCondition } from '@slipway/cri';
import { failureOf } from '../support/failure.js';
import { cannotRun, type Lab, openLab, suiteMs } from '../support/lab.js';
import { Pod, podConfig } from '../support/pod.js';
import { whileDown } from '../support/processes.js';
import { until } from '../support/until.js';

const hooks = { timeout: 120_000 };

describe('what a kubelet asks of a node', { skip: cannotRun, timeout: suiteMs }, () => {
  const work = mkdtempSync(join(tmpdir(), 'sw-template-'));
  const template = join(work, 'template.conflist');
  let lab: Lab;
  before(async () => {
    const settings = { 'network.own.enabled': false, 'network.confTemplate': template };
    lab = await openLab({ handlers: ['crun'], settings });
  }, hooks);
  afterEach(() => lab.clear(), hooks);
  after(async () => {
    rmSync(work, { recursive: true });
    await lab.close();
  }, hooks);

  const condition = async (type: string): Promise<RuntimeCondition> => {
    const { status } = await lab.cri.status();
    const found = status?.conditions.find((one) => one.type === type);
    assert.ok(found, type);
    return found;
  };
  const update = (podCidr: string) => lab.cri.updateRuntimeConfig({ runtimeConfig: { networkConfig: { podCidr } } });
  const written = () => join(lab.node.settings.network.confDir, '10-slipway.conflist');

  test('the pod CIDR becomes a CNI list by the template, which is in use at once and not written again', async () => {
    const before = await condition('NetworkReady');
    assert.equal(before.status, false);
    assert.match(before.message, /no CNI list in/);
    const { place } = lab.node;
    const bridge = `"type": "bridge", "bridge": "${place.bridge}", "isGateway": true`;
    const ranges = '[{{range $i, $r := .PodCIDRRanges}}{{if $i}}, {{end}}[{"subnet": "{{$r}}"}]{{end}}]';
    const ipam = `"type": "host-local", "dataDir": "${place.directory}/root/cni", "ranges": ${ranges}`;
    writeFileSync(
      template,
      `{"cniVersion": "1.0.0", "name": "${place.name}", "plugins": [{${bridge}, "ipam": {${ipam}}}]}`,
    );
    await update('');
    assert.equal((await failureOf(update('10.0.0.0/8, nothing'))).status, 'INVALID_ARGUMENT');
    assert.equal((await condition('NetworkReady')).status, false);

    await update(`${place.subnet},fd00:51::/64`);
    await until('the network is ready', async () => (await condition('NetworkReady')).status);
    const pod = await Pod.run(lab.cri, podConfig(lab.node));
    const { network } = (await lab.cri.podSandboxStatus({ podSandboxId: pod.id })).status ?? {};
    assert.ok(network?.ip.startsWith(place.subnet.replace(/\d+\/24$/, '')), network?.ip);
    assert.match(network?.additionalIps[0]?.ip ?? '', /^fd00:51::/);
    const { ino } = statSync(written());
    await update(`${place.subnet},fd00:51::/64`);
    assert.equal(statSync(written()).ino, ino);
    await pod.remove();

    const good = readFileSync(written(), 'utf8');
    writeFileSync(template, '{"name": "{{.Node}}"}');
    const { text } = await failureOf(update('10.9.0.0/24'));
    assert.match(text, /template\.conflist: line 1: \{\{\.Node\}\} is not understood/);
    assert.equal(readFileSync(written(), 'utf8'), good);

    rmSync(written());
    await until('the network is not ready', async () => !(await condition('NetworkReady')).status);
    assert.match((await condition('NetworkReady')).message, /no CNI list in/);
  });

  for (const [server, words] of [
    ['redis', /redis|records/i],
    ['nats', /answers|NATS|bus/i],
  ] as const) {
    test(`a node without ${server} is not ready, and says why`, async () => {
      assert.equal((await condition('RuntimeReady')).status, true);
      await whileDown(lab.node, [server], 'SIGTERM', async () => {
        const { status, message, reason } = await until('it is not ready', async () => {
          const now = await condition('RuntimeReady');
          return !now.status && now;
        });
        assert.equal(status, false);
        assert.ok(reason);
        assert.match(message, words);
      });
      await until('it is ready again', async () => (await condition('RuntimeReady')).status);
    });
  }
});
