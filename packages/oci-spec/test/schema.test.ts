import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { isSlipwayError } from '@slipway/errors';
import { Ajv as AjvClass, type AjvDraft04 } from './ajv.js';
import * as fc from 'fast-check';
import { generateInfraSpec, generateSpec, resolveUser, specJson } from '../src/index.js';
import { host, image, mount, sample } from './sample.js';

/** Debian's golang-github-opencontainers-specs-dev carries it. */
const schemaDir =
  process.env.OCI_RUNTIME_SCHEMA ?? '/usr/share/gocode/src/github.com/opencontainers/runtime-spec/schema';
const skip = existsSync(join(schemaDir, 'config-schema.json'))
  ? false
  : `no runtime-spec schema in ${schemaDir} (install golang-github-opencontainers-specs-dev)`;

const files = ['config-linux', 'config-solaris', 'config-vm', 'config-windows', 'config-zos'];
const definitions = ['defs', 'defs-linux', 'defs-vm', 'defs-windows', 'defs-zos'];

function validator(): (spec: unknown) => string[] {
  const ajv: AjvDraft04 = new AjvClass({ strict: false, allErrors: true, validateFormats: false });
  const base = 'file:///schema/';
  // The files refer to each other by their names.
  for (const name of [...files, ...definitions]) {
    const schema = JSON.parse(readFileSync(join(schemaDir, `${name}.json`), 'utf8')) as Record<string, unknown>;
    delete schema.id;
    ajv.addSchema({ ...schema, id: `${base}${name}.json` });
  }
  const root = JSON.parse(readFileSync(join(schemaDir, 'config-schema.json'), 'utf8')) as Record<string, unknown>;
  const validate = ajv.compile({ ...root, id: `${base}config-schema.json` });
  return (spec) =>
    validate(spec) ? [] : (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
}

/** Mostly values that a field can have, else anything: so that errors meet in many combinations and specs still come out. */
function mostly<T>(usual: fc.Arbitrary<T>, wild: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.oneof({ weight: 40, arbitrary: usual }, { weight: 1, arbitrary: wild });
}

const wildWord = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.constantFrom('', '/', '/a/b', 'ALL', 'CAP_KILL', 'a\0b', 'runtime/default', '..', 'SIGTERM'),
);
const of = (...usual: string[]): fc.Arbitrary<string> => mostly(fc.constantFrom(...usual), wildWord);
const plain = of('a', 'b c', '/bin/sh', 'ü');
const wildInt = fc.oneof(
  fc.constantFrom(0n, -1n, -2n, 1n << 40n, (1n << 63n) - 1n, -(1n << 63n)),
  fc.bigInt({ min: -10n, max: 100_000n }),
);
const int64 = mostly(fc.constantFrom(0n, 1n, 1000n, 65536n, 1n << 40n), wildInt);
const large = mostly(fc.constantFrom(0n, (1n << 63n) - 4096n, 1n << 30n), wildInt);
const list = (item: fc.Arbitrary<string>): fc.Arbitrary<string[]> => fc.array(item, { maxLength: 3 });
const map = fc.dictionary(of('a.b', 'c'), plain, { maxKeys: 3 });
const optional = <T>(item: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(item, { nil: undefined });
const number = (usual: number[], ...wild: number[]): fc.Arbitrary<0> =>
  mostly(fc.constantFrom(...usual), fc.constantFrom(...wild)) as fc.Arbitrary<0>;
const profile = optional(fc.record({ profileType: number([0, 1], 2, 9), localhostRef: of('', 'mine') }));
const id = optional(fc.record({ value: int64 }));
const capabilities = list(of('ALL', 'NET_ADMIN', 'CAP_KILL', 'sys_admin'));
const securityContext = fc.record({
  capabilities: optional(
    fc.record({
      addCapabilities: capabilities,
      dropCapabilities: capabilities,
      addAmbientCapabilities: capabilities,
    }),
  ),
  privileged: fc.boolean(),
  namespaceOptions: optional(
    fc.record({
      network: number([0, 2], 1, 3, 7),
      pid: number([0, 1, 2], 3, 7),
      ipc: number([0, 2], 1, 7),
      targetId: plain,
    }),
  ),
  selinuxOptions: mostly(
    fc.constant(undefined),
    fc.record({ user: wildWord, role: wildWord, type: wildWord, level: wildWord }),
  ),
  runAsUser: id,
  runAsUsername: of('', 'a', '77'),
  runAsGroup: optional(fc.record({ value: int64 })),
  readonlyRootfs: fc.boolean(),
  supplementalGroups: fc.array(int64, { maxLength: 3 }),
  supplementalGroupsPolicy: number([0, 1], 5),
  apparmorProfile: of('', 'runtime/default', 'unconfined'),
  seccompProfilePath: of('', 'runtime/default', 'unconfined'),
  noNewPrivs: fc.boolean(),
  maskedPaths: list(of('/proc/kcore')),
  readonlyPaths: list(of('/proc/sys')),
  seccomp: profile,
  apparmor: profile,
});
const resources = fc.record({
  cpuPeriod: int64,
  cpuQuota: int64,
  cpuShares: int64,
  memoryLimitInBytes: large,
  oomScoreAdj: mostly(fc.constantFrom(0n, -998n, 1000n), wildInt),
  cpusetCpus: of('', '0', '0-1'),
  hugepageLimits: fc.array(fc.record({ pageSize: of('2MB', '1GB'), limit: large }), { maxLength: 2 }),
  unified: mostly(fc.constant({}), map),
  memorySwapLimitInBytes: mostly(fc.constant(0n), wildInt),
});
const mapping = fc.record({
  containerId: number([0], 1),
  hostId: number([65536], 0, 0xffffffff),
  length: number([65536, 3], 0, 0xffffffff),
});
const mappings = mostly(fc.tuple(mapping), fc.array(mapping, { maxLength: 2 }));
const userns = optional(fc.record({ mode: number([0], 1, 2, 3, 9), uids: mappings, gids: mappings }));
const container = fc.record({
  command: list(plain),
  args: list(plain),
  workingDir: of('', '/', 'a/b'),
  envs: fc.array(
    fc.record({
      key: of('A', 'PATH'),
      value: mostly(fc.constant(Uint8Array.of(65)), fc.uint8Array({ maxLength: 5 })),
    }),
    { maxLength: 3 },
  ),
  annotations: map,
  tty: fc.boolean(),
  linux: optional(fc.record({ resources: optional(resources), securityContext: optional(securityContext) })),
});
const mounts = fc.array(
  fc.record({
    containerPath: of('/a', '/a/b', '/dev', '/etc/hosts', '/sys'),
    readonly: fc.constant(true),
    recursiveReadOnly: mostly(fc.constant(false), fc.boolean()),
    propagation: number([0, 1, 2], 8),
    sourcePropagation: mostly<'shared' | 'slave'>(fc.constant('shared'), fc.constant('slave')),
  }),
  { maxLength: 4 },
);

test('whatever comes in, out comes a spec that the runtime-spec schema accepts, or an error of our own', {
  skip,
}, () => {
  const validate = validator();
  let made = 0;
  fc.assert(
    fc.property(
      container,
      mounts,
      mostly(fc.constant(false), fc.boolean()),
      fc.constantFrom('v1', 'hybrid', 'v2'),
      fc.constantFrom('runc', 'crun', 'runsc'),
      of('', 'a', '5:g'),
      optional(wildWord),
      userns,
      (config, binds, selinux, cgroupMode, kind, user, seccompProfile, usernsOptions) => {
        const base = sample(config, {
          pod: { linux: { securityContext: { privileged: true, namespaceOptions: { usernsOptions } } } },
          mounts: binds.map((entry) => mount(entry.containerPath, entry)),
          host: { ...host, selinux },
          seccompProfile,
          passAnnotations: ['*'],
          devices: [{ path: '/dev/x', type: 'b', major: 1, minor: 2, access: 'rm' }],
        });
        const security = base.container.linux?.securityContext;
        try {
          const who = resolveUser({ security, image: { user }, passwd: 'a:x:1:1::/:\n', group: 'g:x:9:a\n' });
          const { network, ipc } = security?.namespaceOptions ?? {};
          const namespaces = {
            ...base.namespaces,
            net: network === 2 ? undefined : '/ns/net',
            ipc: ipc === 2 ? undefined : '',
            user: usernsOptions && '/ns/user',
          };
          const facts = { ...base.handler, userNamespaces: kind !== 'runsc', cgroupMode, kind };
          const spec = generateSpec({ ...base, user: who, namespaces, handler: facts });
          const problems = validate(JSON.parse(specJson(spec)));
          assert.deepEqual(problems, []);
          made++;
        } catch (error) {
          if (!isSlipwayError(error)) throw error;
          assert.ok(
            ['INVALID_REQUEST', 'UNSUPPORTED', 'RRO_UNSUPPORTED', 'IMAGE_INVALID'].includes(error.code),
            error.message,
          );
        }
      },
    ),
    { numRuns: 3000 },
  );
  assert.ok(made > 300, `only ${made} inputs led to a spec: the property has little to say`);
});

test('an ordinary container, a privileged one and an infra container are valid specs', { skip }, () => {
  const validate = validator();
  const privileged = { linux: { securityContext: { privileged: true } } };
  const ordinary = sample({ linux: { securityContext: { seccomp: { profileType: 0 } } } }, { image });
  for (const input of [ordinary, sample(privileged, { pod: privileged })]) {
    assert.deepEqual(validate(JSON.parse(specJson(generateSpec(input)))), []);
  }
  const infra = generateInfraSpec({
    ...ordinary,
    rootfs: '/r',
    args: ['/pause'],
    hostPid: false,
  });
  assert.deepEqual(validate(JSON.parse(specJson(infra))), []);
  assert.notDeepEqual(validate({ ociVersion: '1.0.2', root: { path: 1 } }), [], 'the schema is in force');
});
