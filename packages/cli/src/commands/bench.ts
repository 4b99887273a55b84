import { Argument } from 'commander';
import { writeFile } from 'node:fs/promises';
import type { LoadPlan, LoadResult, Scenario } from '@slipway/load';
import { SlipwayError } from '@slipway/errors';
import { interruptible } from '../client/interruptible.js';
import { type BenchOptions, type BenchStage, benchStages, operationsOf, seconds, whole } from '@slipway/load/request';
import { print } from '../output.js';
import type { CliCommand, Guide } from '../grammar/cli-command.js';
import type { CommandContext } from './command-context.js';

/** Loads one stage, prints how it did, and leaves nothing behind. */
export function addBench(program: CliCommand, context: CommandContext): void {
  const bench = program
    .command('bench')
    .addArgument(new Argument('<stage>', 'what is put under load').choices(benchStages))
    .description('put one stage under load')
    .option('--rate <n>', 'open loop: operations a second, whatever the answers do')
    .option('--concurrency <n>', 'closed loop: callers that each wait for their answer (default 1)')
    .option('--duration <time>', 'what counts, for example 30s or 2m; at most 1h', '10s')
    .option('--warm-up <time>', 'before that; does not count', '2s')
    .option('--requests <n>', 'end after so many operations', '10000000')
    .option('--max-in-flight <n>', 'open loop: at most so many in flight; the rest waits, and its wait counts', '256')
    .option('--expected-interval <ms>', "closed loop: correct with this interval instead of each operation's median")
    .option('--operation <operation>', 'what to do, several in turn', collect, [])
    .option('--socket <socket>', 'cri: the socket to load; several are loaded one after the other', collect, [])
    .option('--pid <pid>', 'cri: the process to watch, one for each socket (default: who listens)', collect, [])
    .option('--handler <handler>', "runtime handler of the pods (default: the runtime's)")
    .option('--image <image>', "image of the pods (pipeline: default one of the null registry's)")
    .option('--layers <n>', 'puller, builder, pipeline: layers of the image (default 4; builder: 20)')
    .option('--size <kibibytes>', 'the same: size of a layer', '64')
    .option('--mounts <n>', 'builder, executor, pipeline: mounts of a container (default 0; builder: 30)')
    .option('--reference <reference>', 'puller: an image that is not on this node, instead')
    .option('--host-network', 'pods without a network of their own: leaves the CNI plugins out')
    .option('--pods <n>', 'pods that stand during the test', '0')
    .option('--exec <command>', 'command of the operation exec', '/bin/true')
    .option('--json', 'one JSON array, an object for each target')
    .option('--html <file>', 'also a page with charts, which needs nothing else')
    .guide(guide());
  bench.action(async (stage: BenchStage, options: BenchOptions & { json?: boolean; html?: string }) => {
    const plan = planOf(options);
    const { benchScenarios, runLoad, htmlReport, textReport, comparisonText } = await import('@slipway/load');
    const interrupt = interruptible('bench', 'the next slipway bench removes what is left');
    const results: LoadResult[] = [];
    for await (const scenario of benchScenarios(stage, options, context.loaded().settings)) {
      if (interrupt.signal.aborted) break;
      results.push(await run(runLoad, scenario, plan, interrupt.signal));
    }
    interrupt.release();
    if (options.html !== undefined && results.length > 0) {
      await writeFile(options.html, htmlReport(results, `slipway ${process.argv.slice(2).join(' ')}`));
    }
    const text = (): string =>
      [...results.map(textReport), ...(results.length > 1 ? [comparisonText(results)] : [])].join('\n\n');
    print(results, text, options.json ?? false);
    if (interrupt.signal.aborted) process.exitCode = 130;
    else if (results.some(({ operations }) => operations.every(({ done }) => done === 0))) process.exitCode = 1;
  });
}

function run(
  runLoad: typeof import('@slipway/load').runLoad,
  scenario: Scenario,
  plan: LoadPlan,
  signal: AbortSignal,
): Promise<LoadResult> {
  const progress = (what: string): void => {
    if (process.stderr.isTTY) process.stderr.write(`bench: ${what}\n`);
  };
  return runLoad(scenario, plan, { signal, progress });
}

function planOf(options: BenchOptions): LoadPlan {
  const { rate, concurrency } = options;
  if (rate !== undefined && concurrency !== undefined) {
    throw new SlipwayError('INVALID_REQUEST', '--rate is an open loop, --concurrency a closed one: give one of them');
  }
  const expected = options.expectedInterval;
  return {
    loop:
      rate === undefined
        ? {
            kind: 'closed',
            concurrency: whole('--concurrency', concurrency ?? '1'),
            ...(expected === undefined ? {} : { expectedIntervalMs: Number(expected) }),
          }
        : { kind: 'open', rate: Number(rate), maxInFlight: whole('--max-in-flight', options.maxInFlight) },
    durationMs: seconds('--duration', options.duration) * 1000,
    warmUpMs: seconds('--warm-up', options.warmUp) * 1000,
    maxOperations: whole('--requests', options.requests),
  };
}

function collect(value: string, before: string[]): string[] {
  return [...before, value];
}

function guide(): Guide {
  const lines = benchStages.map((stage) => `  ${stage.padEnd(9)} ${operationsOf(stage)}`);
  return {
    exits: '1 also when nothing could be done; 130 when it was interrupted',
    notes: `Operations, the first is the default:

${lines.join('\n')}

An open loop's latencies count from when an operation was due; a closed loop's are
corrected with HdrHistogram's expected interval. So a stall is not flattered by
the questions that it kept from being asked. Pods of a load test have the label
slipway.dev/bench; they are removed at the end, also on ctrl-C, and those of one that was
killed at the next start. A kubelet that serves this node would remove them first. Images
for puller, builder and pipeline come from a null registry within the load generator.`,
    examples: [
      ['slipway bench cri --image busybox --concurrency 4', "whole pods through this node's socket"],
      ['slipway bench cri --operation list --rate 200 --duration 1m', 'lists, 200 a second'],
      [
        'slipway bench cri --image busybox --socket unix:///run/slipway/slipway.sock --socket unix:///run/containerd/containerd.sock',
        'two runtimes, side by side',
      ],
      ['slipway bench builder --layers 20 --mounts 30', 'bundles, without runtime and gRPC'],
      ['slipway bench executor --handler null --concurrency 4', 'pods on the subjects of one executor'],
      ['slipway bench gateway --rate 500 --html gateway.html', 'a page with charts'],
    ],
  };
}
