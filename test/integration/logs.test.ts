import assert from 'node:assert/strict';
import { existsSync, readFileSync, renameSync, statSync } from 'node:fs';
import { after, afterEach, before, describe, test } from 'node:test';
import { failureOf } from '../support/failure.js';
import { hostSwitch } from '../support/host-switch.js';
import { cannotRun, type Lab, openLab, suiteMs } from '../support/lab.js';
import { parseLog, Pod, podConfig, shell } from '../support/pod.js';
import { until } from '../support/until.js';

describe('container logs', { skip: cannotRun, timeout: suiteMs }, () => {
  let lab: Lab;
  let pod: Pod;
  before(async () => {
    lab = await openLab();
  });
  afterEach(() => lab.clear());
  after(() => lab.close());

  test('each line has its time, stream and tag', async () => {
    pod = await Pod.run(lab.cri, podConfig(lab.node));
    const began = Date.now();
    const id = await pod.start(
      shell(lab.image, 'echo one; sleep 0.1; echo two >&2; sleep 0.1; echo "  three  four"; printf five'),
    );
    const { logPath } = await pod.exited(id);
    assert.match(
      readFileSync(logPath, 'utf8'),
      /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}(Z|[+-]\d\d:\d\d) std(out|err) [PF] .*\n)+$/,
    );
    const log = await pod.log(id);
    assert.deepEqual(
      log.slice(0, 3).map(({ stream, tag, text }) => [stream, tag, text]),
      [
        ['stdout', 'F', 'one'],
        ['stderr', 'F', 'two'],
        ['stdout', 'F', '  three  four'],
      ],
    );
    // A line that its writer never ended.
    assert.deepEqual([log[3]?.stream, log[3]?.text], ['stdout', 'five']);
    const times = log.map(({ time }) => Date.parse(time));
    assert.ok(times.every((time, at) => time >= (times[at - 1] ?? began - 1000) && time <= Date.now() + 1000));
  });

  test('a long line comes in parts that make up the whole', async () => {
    pod = await Pod.run(lab.cri, podConfig(lab.node));
    const long = 'head -c 40000 /dev/zero | tr "\\0" x';
    const id = await pod.start(shell(lab.image, `${long}; echo; echo after`));
    await pod.exited(id);
    const log = await pod.log(id);
    const last = log.findIndex(({ tag }) => tag === 'F');
    assert.ok(last > 0, 'the line is in parts');
    assert.ok(log.slice(0, last).every(({ tag }) => tag === 'P'));
    const whole = log.slice(0, last + 1).map(({ text }) => text);
    assert.equal(whole.join(''), 'x'.repeat(40_000));
    assert.deepEqual(
      log.slice(last + 1).map(({ tag, text }) => [tag, text]),
      [['F', 'after']],
    );
  });

  test('a rotation loses no line', async () => {
    pod = await Pod.run(lab.cri, podConfig(lab.node));
    const { mounts, turn } = hostSwitch(lab.node);
    const id = await pod.start(
      shell(lab.image, 'i=0; while [ ! -e /switch/on ]; do echo $i; i=$((i+1)); done; echo last', { mounts }),
    );
    const { logPath } = await pod.status(id);
    const files: string[] = [];
    for (let rotation = 0; rotation < 5; rotation++) {
      await until('the log grows', () => existsSync(logPath) && statSync(logPath).size > 0);
      const rotated = `${logPath}.${rotation}`;
      // Once in place, as a client can: nothing may be lost by it.
      await lab.cri.reopenContainerLog({ containerId: id });
      renameSync(logPath, rotated);
      await lab.cri.reopenContainerLog({ containerId: id });
      assert.ok(existsSync(logPath), 'the new file is there when the call returns');
      files.push(rotated);
    }
    turn();
    await pod.exited(id);
    const texts = wholeLines([...files, logPath].flatMap((file) => parseLog(readFileSync(file, 'utf8'))));
    assert.equal(texts.pop(), 'last');
    const wrong = texts.findIndex((text, at) => text !== String(at));
    assert.equal(wrong, -1, `line ${wrong} is ${texts[wrong]}`);
  });

  test('only a running container can reopen its log', async () => {
    pod = await Pod.run(lab.cri, podConfig(lab.node));
    const id = await pod.create(shell(lab.image, 'true'));
    assert.equal((await failureOf(lab.cri.reopenContainerLog({ containerId: id }))).status, 'FAILED_PRECONDITION');
    await lab.cri.startContainer({ containerId: id });
    await pod.exited(id);
    assert.equal((await failureOf(lab.cri.reopenContainerLog({ containerId: id }))).status, 'FAILED_PRECONDITION');
  });

  test('a container without a log path runs as well', async () => {
    pod = await Pod.run(lab.cri, podConfig(lab.node));
    const id = await pod.start(shell(lab.image, 'echo unheard', { logPath: '' }));
    const { exitCode, logPath } = await pod.exited(id);
    assert.deepEqual([exitCode, logPath], [0, '']);
  });
});

/** The lines as they were written: a read that ended in the middle of one made it several entries. */
function wholeLines(entries: { tag: string; text: string }[]): string[] {
  const lines: string[] = [];
  let begun = '';
  for (const { tag, text } of entries) {
    begun += text;
    if (tag !== 'F') continue;
    lines.push(begun);
    begun = '';
  }
  return lines;
}
