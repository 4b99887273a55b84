import assert from 'node:assert/strict';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { corner, inside, insideNode, needsRoot, sh } from './host.js';
import type { Case, Round } from './nat-rounds.js';

const program = fileURLToPath(new URL('./nat-rounds.js', import.meta.url));

/** A directory in which iptables is that of a backend. */
async function backend(t: TestContext, name: 'nft' | 'legacy'): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'slipway-test-iptables-'));
  t.after(() => rm(dir, { recursive: true }));
  for (const tool of ['iptables', 'ip6tables']) {
    for (const part of ['', '-save', '-restore']) {
      await symlink(`/usr/sbin/xtables-${name}-multi`, join(dir, `${tool}${part}`));
    }
  }
  return dir;
}

/** Cases one after the other in a net namespace of their own, whose nat tables nothing else changes. */
async function seen(dir: string, ...cases: Case[]): Promise<Round[][]> {
  const path = `PATH=${dir}:${process.env.PATH}`;
  const printed = await sh('unshare', '--net', 'env', path, process.execPath, program, JSON.stringify(cases));
  return JSON.parse(printed) as Round[][];
}

const v4 = '10.124.5.0/24';
const v6 = 'fd12:3456:7::/64';
const bridge = { type: 'bridge', bridge: 'sltnat0', isGateway: true };
const single = { type: 'host-local', ranges: [[{ subnet: v4 }]], routes: [{ dst: '0.0.0.0/0' }] };
const dual = { type: 'host-local', ranges: [[{ subnet: v4 }], [{ subnet: v6 }]], routes: [{ dst: '0.0.0.0/0' }] };
const portmap = { type: 'portmap', capabilities: { portMappings: true } };
const port = (hostPort: number, protocol = 'tcp', hostIP = '') => ({ hostPort, containerPort: 80, protocol, hostIP });
/** More than one rule of multiport takes, and each protocol. */
const many = [
  ...Array.from({ length: 16 }, (_, index) => port(18_000 + index)),
  port(18_053, 'udp', '127.0.0.1'),
  port(18_054, 'udp', '::1'),
  port(18_132, 'sctp', '0.0.0.0'),
];

const podChains = /CNI-DN-|CNI-[0-9a-f]{20}/;
const everyWay: Case['rounds'] = [
  ['native', 'native'],
  ['program', 'native'],
  ['native', 'program'],
  ['native', 'native', 'unpin'],
];
const masqueraded: Case = {
  plugins: [{ ...bridge, ipMasq: true, ipam: dual }, portmap],
  ports: many,
  rounds: everyWay,
};

function assertSame(rounds: Round[], expected = rounds.find(({ programs }) => programs[0]?.startsWith('ADD'))): void {
  assert.match(expected?.attached ?? '', podChains);
  for (const round of rounds) {
    assert.deepEqual(round.unexpected, []);
    assert.equal(round.attached, expected?.attached);
    assert.equal(round.detached, expected?.detached);
    assert.doesNotMatch(round.detached, podChains);
    assert.equal(round.result, expected?.result);
  }
  assert.deepEqual(rounds[0]?.programs, []);
}

// ip6tables-legacy 1.8.9 takes a rule for another one that differs in its port alone, and the program leaves it out.
const few = [port(18_080), port(18_053, 'udp', '127.0.0.1')];
for (const [name, ports] of [
  ['nft', many],
  ['legacy', few],
] as const) {
  test(`native and program make the same nat tables, and each deletes the other's (${name})`, {
    skip: needsRoot,
  }, async (t) => {
    const dir = await backend(t, name);
    const [rounds = []] = await seen(dir, { ...masqueraded, ports });
    assertSame(rounds);
    if (name === 'legacy') return;
    // The chains of all pods by the program, and then found by the native plugin.
    const [[first, second] = []] = await seen(dir, {
      ...masqueraded,
      ports,
      rounds: [
        ['program', 'program'],
        ['native', 'native'],
      ],
    });
    assert.deepEqual(second, { ...first, programs: [] });
    assert.equal(first?.attached, rounds[0]?.attached);
  });
}

test('marks, chains of the site, ports without masquerade; a table that was flushed', {
  skip: needsRoot,
}, async (t) => {
  const rounds = everyWay.slice(0, 2);
  const ports = [port(18_080)];
  const of = (more: object, before?: string[]): Case => {
    return {
      plugins: [
        { ...bridge, ipam: single },
        { ...portmap, ...more },
      ],
      ports,
      rounds,
      ...(before && { before }),
    };
  };
  const [bit = [], site = [], plain = [], flushed = []] = await seen(
    await backend(t, 'nft'),
    of({ markMasqBit: 31 }),
    of({ externalSetMarkChain: 'SITE-MARK' }, ['iptables', '-t', 'nat', '-N', 'SITE-MARK']),
    of({ snat: false }),
    of({ markMasqBit: 31 }, ['iptables', '-t', 'nat', '-F']),
  );
  for (const one of [bit, site, plain, flushed]) assertSame(one);
  assert.match(bit[0]?.attached ?? '', /--set-xmark 0x80000000\/0x80000000/);
  assert.match(site[0]?.attached ?? '', /-j SITE-MARK/);
  assert.match(flushed[0]?.attached ?? '', /-A PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT/);
});

test('the program runs where iptables-restore fails, or is of another backend than iptables', {
  skip: needsRoot,
}, async (t) => {
  const dir = await backend(t, 'nft');
  const one: Case = {
    plugins: [{ ...bridge, ipMasq: true, ipam: single }],
    ports: [],
    rounds: [
      ['program', 'program'],
      ['native', 'native'],
    ],
  };
  await rm(join(dir, 'iptables-restore'));
  const broken = '#!/bin/sh\n[ "$1" = -V ] && exec iptables-nft-restore -V\necho broken >&2\nexit 1\n';
  await writeFile(join(dir, 'iptables-restore'), broken, { mode: 0o755 });
  const [[program, failed] = []] = await seen(dir, one);
  assert.deepEqual(failed?.programs, ['ADD bridge', 'DEL bridge']);
  assert.match(failed?.unexpected.join() ?? '', /iptables-restore .*broken/);
  // The native plugin had reserved an address, which is free again; the program's is the next.
  assert.equal(failed?.attached, program?.attached.replace('-s 10.124.5.2/32', '-s 10.124.5.3/32'));
  assert.equal(failed?.detached, program?.detached);

  await rm(join(dir, 'iptables-restore'));
  await symlink('/usr/sbin/xtables-legacy-multi', join(dir, 'iptables-restore'));
  const [[, mixed] = []] = await seen(dir, one);
  assert.deepEqual(mixed, { ...program, programs: ['ADD bridge', 'DEL bridge'] });
});

test('pods that start at once, by native plugins and by programs, create the shared chains once', {
  skip: needsRoot,
}, async (t) => {
  const spot = await corner(t);
  const host = await spot.netns();
  const pods: string[] = [];
  for (let index = 0; index < 6; index++) pods.push(await spot.netns());
  const ipam = { ...single, dataDir: spot.dataDir };
  const list = { name: 'interop', cniVersion: '1.0.0', plugins: [{ ...bridge, ipMasq: true, ipam }, portmap] };
  const file = join(spot.dir, 'pods.mjs');
  await writeFile(
    file,
    `import * as cni from ${JSON.stringify(new URL('../src/index.js', import.meta.url).href)};
    import { execFileSync } from 'node:child_process';
    const reasons = [];
    const native = new cni.NativePlugins((reason) => reasons.push(reason));
    const list = new cni.NetworkList(${JSON.stringify(list)}, ${JSON.stringify(spot.binDirs)});
    const cacheDir = ${JSON.stringify(spot.cacheDir)};
    const by = (index) => (index === 0 ? {} : { native });
    const nat = () => execFileSync('iptables-save', ['-t', 'nat']).toString();
    const pods = ${JSON.stringify(pods)};
    await Promise.all(pods.map((netns, index) => {
      const portMappings = [{ hostPort: 18080 + index, containerPort: 80 }];
      return cni.attach(list, { containerId: 'pod' + index, netns, cacheDir, portMappings, ...by(index) });
    }));
    const attached = nat();
    await Promise.all(pods.map((_, index) => cni.detach(cacheDir, 'pod' + index, by(pods.length - 1 - index))));
    await native.close();
    console.log(JSON.stringify({ attached, detached: nat(), reasons }));`,
  );
  const printed = await inside(host, process.execPath, file);
  const { attached, detached, reasons } = JSON.parse(printed) as Record<'attached' | 'detached', string> & {
    reasons: string[];
  };
  assert.deepEqual(reasons, []);
  const count = (pattern: RegExp): number => attached.match(pattern)?.length ?? 0;
  assert.equal(count(/^-A (PREROUTING|OUTPUT) .*-j CNI-HOSTPORT-DNAT$/gm), 2);
  assert.equal(count(/^-A POSTROUTING .*-j CNI-HOSTPORT-MASQ$/gm), 1);
  assert.equal(count(/^-A CNI-HOSTPORT-(MASQ|SETMARK) /gm), 2);
  assert.equal(count(/^-A CNI-HOSTPORT-DNAT .*-j CNI-DN-/gm), pods.length);
  assert.equal(count(/^-A POSTROUTING -s .*-j CNI-[0-9a-f]{20}/gm), pods.length);
  assert.doesNotMatch(detached, podChains);
});

test('DEL whose thread ends after its rules are removed is finished by the program', { skip: needsRoot }, async (t) => {
  const spot = await corner(t);
  const [host, netns] = [await spot.netns(), await spot.netns()];
  const ipam = { ...single, dataDir: spot.dataDir };
  const list = { name: 'interop', cniVersion: '1.0.0', plugins: [{ ...bridge, ipMasq: true, ipam }] };
  // A thread of a program that is given by --eval and --input-type ends when it starts.
  const printed = await insideNode(
    host,
    `import { execFileSync } from 'node:child_process';
    const reasons = [];
    const native = new cni.NativePlugins((reason) => reasons.push(reason));
    const list = new cni.NetworkList(${JSON.stringify(list)}, ${JSON.stringify(spot.binDirs)});
    const cacheDir = ${JSON.stringify(spot.cacheDir)};
    await cni.attach(list, { containerId: 'pod', netns: ${JSON.stringify(netns)}, cacheDir });
    await cni.detach(cacheDir, 'pod', { native });
    await native.close();
    console.log(JSON.stringify({ nat: execFileSync('iptables-save', ['-t', 'nat']).toString(), reasons }));`,
  );
  const { nat, reasons } = JSON.parse(printed) as { nat: string; reasons: string[] };
  assert.match(reasons.join(), /the thread of native plugins ended/);
  assert.doesNotMatch(nat, podChains);
  assert.deepEqual(await spot.leases(), []);
  assert.doesNotMatch(await inside(netns, 'ip', 'link'), /eth0/);
});
