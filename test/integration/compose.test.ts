import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { builtInHandlers } from '@slipway/config';
import { stageNames, stages } from '@slipway/stages';

const top = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const file = readFileSync(join(top, 'docker-compose.yml'), 'utf8').replace(/^\s*#.*\n/gm, '');
const executors = builtInHandlers.map((kind) => `executor-${kind}`);

/** Blocks below a line without indentation, by name. */
function blocks(section: RegExp): Map<string, string> {
  const body = section.exec(file)?.[1] ?? '';
  const parts = [...body.matchAll(/^ {2}([\w-]+):\n((?: {4}.*\n|\n)*)/gm)];
  return new Map(parts.map(([, name, text]) => [name as string, text as string]));
}

/** The text of each service with what it merges from the file's anchors; lists are replaced as a whole, as YAML does. */
function servicesInForce(): Map<string, string> {
  const anchor = (name: string): string =>
    new RegExp(`^x-[\\w-]+: &${name}\\n((?: {2}.*\\n)*)`, 'm').exec(file)?.[1]?.replace(/^/gm, '  ') ?? '';
  const merged = (text: string): string =>
    text.replace(/^ {4}<<: \*([\w-]+)\n/gm, (_, name: string) => merged(anchor(name).replace(/^ +$/gm, '')));
  return new Map([...blocks(/^services:\n((?: {2}.*\n|\n)*)/m)].map(([name, text]) => [name, merged(text)]));
}

const services = servicesInForce();
const text = (service: string): string => services.get(service) ?? assert.fail(`there is no service ${service}`);
const having = (pattern: RegExp): string[] =>
  [...services].filter(([, body]) => pattern.test(body)).map(([name]) => name);

describe('docker-compose.yml', () => {
  const directory = mkdtempSync(join(tmpdir(), 'sw-compose-'));
  after(() => rmSync(directory, { recursive: true, force: true }));

  test('has NATS, Redis, the gateway and every stage, an executor for each handler', () => {
    const ofStages = stageNames.flatMap((stage) => (stages[stage].perHandler ? executors : [stage]));
    const wanted = ['host-paths', 'keys', 'nats', 'redis', ...ofStages];
    assert.deepEqual([...services.keys()].sort(), wanted.sort());
    for (const kind of builtInHandlers)
      assert.match(text(`executor-${kind}`), new RegExp(`executor --handler ${kind}\n`));
  });

  test('gives privilege to those alone who mount or run containers, and no capability to most others', () => {
    assert.deepEqual(having(/^ {4}privileged: true$/m).sort(), ['builder', ...executors, 'host-paths'].sort());
    assert.deepEqual(
      having(/^ {4}cap_drop: \[ALL\]$/m).sort(),
      [...services.keys()].filter((name) => !/^(builder|executor-\w+|host-paths)$/.test(name)).sort(),
    );
    assert.deepEqual(having(/cap_add/), ['puller']);
    assert.deepEqual(having(/^ {4}pid: host$/m).sort(), [...executors, 'host-paths'].sort());
  });

  test("gives each service its own role's keys and no other", () => {
    const written = (command: string): { config?: string; acl?: string; keys: Record<string, string> } => {
      const words = [command, '--json', '--out', directory];
      return JSON.parse(execFileSync(join(top, 'packages/cli/bin/slipway'), words).toString()) as never;
    };
    const [nats, redis] = [written('nats-config'), written('redis-acl')];
    const below = (path: string | undefined, at: string): string => `${path?.slice(directory.length)} ${at}:ro`;
    const servers: Record<string, string[]> = {
      nats: [below(nats.config, '/etc/slipway/nats.conf')],
      redis: [below(redis.acl, '/etc/slipway/users.acl')],
      keys: [' /keys'],
    };
    for (const [name, body] of services) {
      const mounted = [...body.matchAll(/\/etc\/slipway\/nats\}(\S*?):(\S+)/g)].map(([, from, to]) => `${from} ${to}`);
      const role = name.replace(/^executor-.*/, 'executor');
      if (nats.keys[role] === undefined) {
        assert.deepEqual(mounted, servers[name] ?? [], name);
        continue;
      }
      const own = [below(nats.keys[role], '/etc/slipway/nkey'), below(redis.keys[role], '/etc/slipway/redis')];
      assert.deepEqual(mounted, own, name);
      assert.match(body, /<<: \*settings/, `${name} knows where the keys are`);
    }
    assert.match(file, /SLIPWAY_NATS_NKEY_FILE: \/etc\/slipway\/nkey\n/);
    assert.match(file, /SLIPWAY_REDIS_CREDENTIALS: \/etc\/slipway\/redis\n/);
    assert.match(text('redis'), /--aclfile \/etc\/slipway\/users\.acl\n/);
  });

  test('hands mounts on: shared by who mounts, followed by who only looks, held by nobody else', () => {
    assert.deepEqual(having(/\*root-shared/).sort(), ['builder', ...executors].sort());
    assert.deepEqual(having(/\*state-shared/).sort(), [...executors].sort());
    assert.deepEqual(having(/\*state-slave/).sort(), ['builder', 'gateway']);
    assert.deepEqual(having(/\*root-slave/), ['puller']);
    for (const [, body] of services) assert.doesNotMatch(body, /- \$\{SLIPWAY_(ROOT|STATE):-[^}]*\}:/);
  });

  test('names scripts that the image has', () => {
    const scripts = [...file.matchAll(/\/opt\/slipway\/(docker\/[\w.-]+)/g)].map(([, script]) => script as string);
    assert.ok(scripts.length > 0);
    for (const script of new Set(scripts)) {
      accessSync(join(top, script), constants.X_OK);
      assert.equal(spawnSync('sh', ['-n', join(top, script)]).status, 0, script);
    }
    const dockerfile = readFileSync(join(top, 'Dockerfile'), 'utf8');
    assert.match(dockerfile, /^COPY docker\/ \/opt\/slipway\/docker\/$/m);
  });

  const installed = (process.env['PATH'] ?? '').split(':').some((place) => existsSync(join(place, 'docker-compose')));
  test('is what docker-compose takes', { skip: installed ? false : 'docker-compose is not installed' }, () => {
    const { status, stderr } = spawnSync('docker-compose', ['config', '--quiet'], { cwd: top, encoding: 'utf8' });
    assert.equal(status, 0, stderr);
  });
});
