import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { PlannedFile } from '@slipway/doctor';
import { type PlanPart, planParts } from '@slipway/doctor/plan-parts';
import { SlipwayError } from '@slipway/errors';
import { Option } from 'commander';
import { comparedSettings, settingsBelow } from '../doctor/settings.js';
import type { CliCommand } from '../grammar/cli-command.js';
import { unifiedDiff } from '../install-config/unified-diff.js';
import { keptSuffix, writePlanned } from '../install-config/write-planned.js';
import { print } from '../output.js';
import type { CommandContext } from './command-context.js';

interface InstallOptions {
  root: string;
  only: PlanPart[];
  write?: boolean;
  json?: boolean;
}

export function addInstallConfig(program: CliCommand, context: CommandContext): void {
  const collect = (word: PlanPart, before: PlanPart[]): PlanPart[] => [...before, word];
  const only = new Option('--only <part>', 'one part of it, several in turn; default: all')
    .choices(planParts)
    .default([])
    .argParser((word: string, before: PlanPart[]) => {
      const part = planParts.find((one) => one === word);
      if (!part) throw new SlipwayError('INVALID_REQUEST', `--only ${word}: there are ${planParts.join(', ')}`);
      return collect(part, before);
    });
  program
    .command('install-config')
    .description("make this node's settings Slipway's: show the files as a diff, or write them")
    .option('--write', 'write the files; what was there is kept beside each')
    .addOption(only)
    .option('--root <directory>', "another node's files below this directory", '/')
    .option('--json', 'one JSON object: the files, what is not carried over, what is left to do by hand')
    .guide({
      notes: `The parts are:

  slipway     /etc/slipway/config.toml, or a drop-in beside one that is there:
              what containerd's config.toml (versions 1 to 3) or CRI-O's crio.conf says
  registries  hosts.toml of mirrors that are set in another form
  crictl      /etc/crictl.yaml
  kubelet     the endpoint in its configuration or its flags: from its next start on
              the kubelet uses Slipway, so drain the node first

Settings without an equivalent are named. Files that are there keep their other
contents, comments included, and are kept as <file>${keptSuffix} when they change.
slipway doctor has the reasons, and the steps of a move.`,
      examples: [
        ['slipway install-config', 'look at what would change'],
        ['slipway install-config --write --only slipway --only registries', 'before Slipway is started'],
        ['slipway install-config --write', 'all of it, on a node that is drained'],
      ],
    })
    .action(async (options: InstallOptions) => {
      const { planInstall, Root } = await import('@slipway/doctor');
      const root = resolve(options.root);
      if (!existsSync(root)) throw new SlipwayError('INVALID_REQUEST', `--root ${root}: there is no such directory`);
      const tree = new Root(root);
      const settings = root === '/' ? context.loaded().settings : settingsBelow(root);
      const { plan, report } = planInstall(tree, comparedSettings(settings));
      const wanted = ({ part }: PlannedFile): boolean => options.only.length === 0 || options.only.includes(part);
      const files = plan.files.filter(wanted);
      const fault = report.findings.find(({ check, level }) => check === 'steps' && level === 'problem');
      if (options.write && fault) {
        throw new SlipwayError('INVALID_CONFIG', fault.what, { hint: 'slipway install-config shows it' });
      }
      const result = {
        runtime: report.runtime,
        written: options.write ?? false,
        files,
        lost: report.findings.filter(({ what }) => what.includes('not carried over')),
        byHand: plan.byHand,
      };
      if (!options.write) {
        print(result, () => [...files.map(diffOf), ...human(result, files)].join('\n'), options.json);
        return;
      }
      for (const { path, before, after } of files) {
        writePlanned(tree.realPath(path), before, after);
        if (!options.json) process.stdout.write(`wrote ${path}\n`);
      }
      print(result, () => human(result, files).join('\n'), options.json);
    });
}

function diffOf({ path, before, after }: PlannedFile): string {
  return `${unifiedDiff(path, before, after)}\n`;
}

interface Result {
  written: boolean;
  lost: readonly { what: string; why: string; todo: string }[];
  byHand: readonly string[];
}

function human({ written, lost, byHand }: Result, files: readonly PlannedFile[]): string[] {
  const lines: string[] = [];
  for (const { what, why, todo } of lost) lines.push(what, `  why: ${why}`, `  do:  ${todo}`);
  if (byHand.length > 0) lines.push('by hand:', ...byHand.map((line) => `  ${line.replaceAll('\n', '\n  ')}`));
  if (files.length === 0) lines.push('nothing would change');
  else if (!written) lines.push(`${files.length} files would change: --write writes them`);
  return lines;
}
