import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { softOpenFiles } from '@slipway/testbed';
import { failureOf } from '../support/failure.js';
import { cannotRun, type Lab, openLab, suiteMs } from '../support/lab.js';
import { Pod, podConfig, shell } from '../support/pod.js';
import { until } from '../support/until.js';

describe('commands in a container', { skip: cannotRun, timeout: suiteMs }, () => {
  let lab: Lab;
  before(async () => {
    lab = await openLab();
  });
  afterEach(() => lab.clear());
  after(() => lab.close());

  for (const handler of ['crun', 'runc']) {
    describe(`on ${handler}`, () => {
      let pod: Pod;
      let id: string;
      beforeEach(async () => {
        pod = await Pod.run(lab.cri, podConfig(lab.node), handler);
        // Its pid 1 reaps orphans, as a well-made container's does.
        id = await pod.start(shell(lab.image, 'while :; do sleep 0.1; done'));
      });

      const run = async (script: string, timeout = 20n) => {
        const { stdout, stderr, exitCode } = await lab.cri.execSync({
          containerId: id,
          cmd: ['sh', '-c', script],
          timeout,
        });
        return { stdout: Buffer.from(stdout).toString(), stderr: Buffer.from(stderr).toString(), exitCode };
      };

      test('answer their output and exit code', async () => {
        assert.deepEqual(await run('echo out; echo err >&2; exit 7'), {
          stdout: 'out\n',
          stderr: 'err\n',
          exitCode: 7,
        });
        assert.deepEqual(await run('true'), { stdout: '', stderr: '', exitCode: 0 });
        assert.deepEqual(await run('kill -9 $$'), { stdout: '', stderr: '', exitCode: 137 });
        // No standard input to wait for; no time-out.
        assert.deepEqual(await run('cat; printf end', 0n), { stdout: 'end', stderr: '', exitCode: 0 });
      });

      test('end at their time-out and say why where their container has made /etc/passwd or /etc/group a FIFO', async () => {
        for (const file of ['/etc/group', '/etc/passwd']) {
          await run(`rm -f ${file}; mkfifo ${file}`);
          const began = performance.now();
          const failure = await run('true', 3n).then(
            ({ exitCode }) => `${exitCode}`,
            (error: Error) => error.message,
          );
          // crun reads neither.
          if (handler === 'crun') assert.equal(failure, '0');
          else assert.match(failure, new RegExp(`its ${file} is no regular file \\(fifo\\).*CONTAINER_STATE`, 's'));
          assert.ok(performance.now() - began < 30_000);
          if (handler === 'runc') return;
        }
      });

      test('have the limit of open files that Slipway was started with, as their container has', async () => {
        const limit = 'grep "Max open files" /proc/self/limits /proc/1/limits';
        const [own, init, ...more] = (await run(limit)).stdout.trim().split('\n');
        assert.deepEqual(more, []);
        // runc 1.1.5, made with Go 1.19.8, raises that of a command itself and does not take it back.
        for (const line of handler === 'runc' ? [init] : [own, init])
          assert.match(line ?? '', new RegExp(`Max open files +${softOpenFiles} `));
        assert.equal(
          (await run('cat /proc/self/oom_score_adj')).stdout,
          (await run('cat /proc/1/oom_score_adj')).stdout,
        );
        const pidFile = `${lab.node.state}/containers/${id}/conmon.pid`;
        const conmon = readFileSync(`/proc/${readFileSync(pidFile, 'utf8').trim()}/limits`, 'utf8');
        assert.match(conmon, new RegExp(`Max open files +${softOpenFiles} `));
      });

      test('give back bytes as they are, many of them at once', async () => {
        const { stdout } = await lab.cri.execSync({ containerId: id, cmd: ['printf', '\\377\\000\\n'], timeout: 20n });
        assert.deepEqual([...stdout], [0xff, 0, 0x0a]);
        const answers = await Promise.all(Array.from({ length: 8 }, (_, at) => run(`echo ${at}`)));
        assert.deepEqual(
          answers.map((answer) => answer.stdout),
          Array.from({ length: 8 }, (_, at) => `${at}\n`),
        );
      });

      test('end at their time-out with all that they started, and leave no zombie', async () => {
        const { status, text } = await failureOf(run('echo begun; sleep 7777 & (sleep 7778; true) & sleep 7779', 1n));
        assert.equal(status, 'DEADLINE_EXCEEDED');
        assert.match(text, /1s exceeded/);
        assert.doesNotMatch(await pod.exec(id, 'ps', '-o', 'args'), /777/, 'nothing of it runs on');
        await until('no zombie is left', async () => !/^Z/m.test(await pod.exec(id, 'ps', '-o', 'stat,args')));
        assert.equal((await run('echo again')).stdout, 'again\n');
      });

      test('do not wait for what they leave in the background', async () => {
        const { stdout, exitCode } = await run('sleep 1111 >/dev/null 2>&1 & echo done');
        assert.deepEqual([stdout, exitCode], ['done\n', 0]);
        assert.match(await pod.exec(id, 'ps', '-o', 'args'), /sleep 1111/);
      });

      test('have their output cut at 16 MiB', async () => {
        const cap = 16 << 20;
        const within = await lab.cri
          .execSync({ containerId: id, cmd: ['sh', '-c', 'head -c 3000000 /dev/zero'], timeout: 60n })
          .then(({ stdout }) => stdout.length);
        assert.equal(within, 3_000_000);
        const outcome = await lab.cri
          .execSync({
            containerId: id,
            cmd: ['sh', '-c', `head -c ${cap + (4 << 20)} /dev/zero; exit 9`],
            timeout: 60n,
          })
          .catch((error: unknown) => error as { code: number; details: string });
        // A client takes messages of 16 MiB: an answer that large must fit with what is around it.
        assert.ok('stdout' in outcome, `it must not fail: ${'details' in outcome ? outcome.details : ''}`);
        assert.equal(outcome.exitCode, 9);
        assert.ok(outcome.stdout.length <= cap && outcome.stdout.length > cap - 4096, String(outcome.stdout.length));
      });

      test('that do not exist fail by name', async () => {
        const { text } = await failureOf(lab.cri.execSync({ containerId: id, cmd: ['no-such-program'], timeout: 20n }));
        assert.match(text, /no-such-program/);
        assert.match(text, /executor/);
        assert.equal((await failureOf(lab.cri.execSync({ containerId: id }))).status, 'INVALID_ARGUMENT');
      });

      test('run as the container’s user, groups, directory and environment', async () => {
        const as = await pod.start(
          shell(lab.image, 'exec sleep 1000', {
            envs: [{ key: 'COLOUR', value: Buffer.from('green') }],
            workingDir: '/tmp',
            linux: {
              securityContext: {
                namespaceOptions: { pid: 1 },
                runAsUser: { value: 1001n },
                runAsGroup: { value: 1002n },
                supplementalGroups: [3000n],
                noNewPrivs: true,
              },
            },
          }),
        );
        const script =
          'id -u; id -g; id -G; pwd; echo $COLOUR; grep -E "^(CapEff|NoNewPrivs|Seccomp):" /proc/self/status';
        const [uid, gid, groups, pwd, colour, ...status] = (await pod.exec(as, 'sh', '-c', script)).trim().split('\n');
        assert.deepEqual([uid, gid, pwd, colour], ['1001', '1002', '/tmp', 'green']);
        assert.deepEqual(new Set(groups?.split(' ')), new Set(['1002', '3000']));
        // What the container's own process has, the command has.
        const own = await pod.exec(as, 'sh', '-c', 'grep -E "^(CapEff|NoNewPrivs|Seccomp):" /proc/1/status');
        assert.deepEqual(status, own.trim().split('\n'));
      });

      test('need a running container', async () => {
        const created = await pod.create(shell(lab.image, 'true'));
        const exec = () => failureOf(lab.cri.execSync({ containerId: created, cmd: ['true'], timeout: 20n }));
        assert.equal((await exec()).status, 'FAILED_PRECONDITION');
        await lab.cri.startContainer({ containerId: created });
        await pod.exited(created);
        assert.equal((await exec()).status, 'FAILED_PRECONDITION');
      });

      test('end with their container', async () => {
        const hanging = failureOf(
          run('exec sleep 1000', 0n).then(({ exitCode }) => {
            if (exitCode !== 0) throw new Error(`exit ${exitCode}`);
          }),
        );
        await until('the command runs', async () => (await pod.exec(id, 'ps', '-o', 'args')).includes('sleep 1000'));
        await lab.cri.stopContainer({ containerId: id, timeout: 0n });
        await hanging;
      });
    });
  }
});
