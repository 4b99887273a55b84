import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Finding, Probes, Report } from '@slipway/doctor';
import { SlipwayError } from '@slipway/errors';
import { comparedSettings, settingsBelow } from '../doctor/settings.js';
import { print } from '../output.js';
import type { CliCommand } from '../grammar/cli-command.js';
import type { CommandContext } from './command-context.js';

export function addDoctor(program: CliCommand, context: CommandContext): void {
  program
    .command('doctor')
    .description('check this node and tell how it moves to Slipway; exit status 1 when there is a problem')
    .option(
      '--root <directory>',
      "read another node's files below this directory; what only a live host has is skipped",
      '/',
    )
    .option('--all', 'print what is in order, too')
    .option('--json', 'one JSON object')
    .guide({
      exits: '1 also when there is a problem',
      notes: `It reads files, asks the programs that it finds for their versions, and measures how
long a program takes to start. As root it also mounts an overlay at the data directory, and
removes it again.`,
      examples: [
        ['slipway doctor', 'what is wrong, and the steps to move'],
        ['slipway doctor --root /mnt/worker-7', 'a disk or a copy of another node'],
        ['slipway doctor --json | jq -r ".findings[] | select(.level == \\"problem\\") | .what"', 'only problems'],
      ],
    })
    .action(async (options: { root: string; all?: boolean; json?: boolean }) => {
      const { examine, Root } = await import('@slipway/doctor');
      const root = resolve(options.root);
      if (!existsSync(root)) throw new SlipwayError('INVALID_REQUEST', `--root ${root}: there is no such directory`);
      const settings = root === '/' ? context.loaded().settings : settingsBelow(root);
      const report = examine(new Root(root), comparedSettings(settings), await probesFor(root));
      if (report.counts.problem > 0) process.exitCode = 1;
      print(report, () => human(report, options.all ?? false), options.json);
    });
}

/** Checks that ask other packages; some can only be made on this host, and the overlay only by root. */
async function probesFor(root: string): Promise<Probes> {
  const { pluginForms } = await import('@slipway/cni');
  if (root !== '/') return { pluginForms };
  const { startTime } = await import('../doctor/start-time.js');
  if (process.geteuid?.() !== 0) return { startMs: startTime, pluginForms };
  const { tryOverlay } = await import('../doctor/try-overlay.js');
  return { overlay: tryOverlay, startMs: startTime, pluginForms };
}

function human({ runtime, findings, counts, steps, root }: Report, all: boolean): string {
  const lines: string[] = [];
  if (root !== '/') lines.push(`${root}: not a live host; what only one has is skipped`, '');
  const shown = findings.filter(({ level }) => all || level !== 'ok');
  for (const level of ['problem', 'warning', 'note', 'ok'] as const) {
    for (const finding of shown.filter((one) => one.level === level)) lines.push(...paragraph(finding));
  }
  lines.push('', `the kubelet's runtime: ${runtime.name}${runtime.toldBy === '' ? '' : ` (${runtime.toldBy})`}`);
  lines.push(`${counts.problem} problems, ${counts.warning} warnings, ${counts.note} notes, ${counts.ok} in order`);
  if (steps.length > 0) lines.push('', 'To move this node to Slipway:');
  for (const [index, step] of steps.entries()) {
    lines.push('', `${index + 1}. ${step.title}`, ...step.lines.map((line) => (line === '' ? '' : `     ${line}`)));
  }
  return lines.join('\n');
}

function paragraph({ level, check, what, why, todo }: Finding): string[] {
  const lines = [`${level.padEnd(8)} ${check}: ${what}`];
  if (why !== '') lines.push(`         why: ${why}`);
  if (todo !== '' && todo !== 'nothing') lines.push(`         do:  ${todo}`);
  return lines;
}
