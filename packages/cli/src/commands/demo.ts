import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { installationRoot } from '@slipway/config';
import { SlipwayError } from '@slipway/errors';
import { requireRoot } from '@slipway/node-client/access';
import type { CliCommand } from '../grammar/cli-command.js';

/** The demo is a program of its own: it starts a node as a user does, by the command. */
export function addDemo(program: CliCommand): void {
  program
    .command('demo')
    .description('run a pod on a node of its own, show where the time goes, and leave nothing behind')
    .option('--image <reference>', "an image from the network instead of one of Debian's busybox-static")
    .option(
      '--handler <name>',
      'this handler only; may be given again',
      (name: string, before: string[]) => [...before, name],
      [],
    )
    .guide({
      exits: '1 also when something of it fails or is left',
      notes: `The image made here is served by a docker-registry on loopback, for which the
Debian packages docker-registry and busybox-static are needed.`,
      examples: [
        ['slipway demo', 'an image made here'],
        ['slipway demo --image docker.io/library/alpine:3.20', 'one from the network'],
        ['slipway demo --handler runc', 'only on runc'],
      ],
      settings: false,
    })
    .action(async ({ image, handler }: { image?: string; handler: string[] }) => {
      requireRoot('demo');
      const words = [
        ...(image === undefined ? [] : ['--image', image]),
        ...handler.flatMap((name) => ['--handler', name]),
      ];
      const entry = join(installationRoot(), 'packages/testbed/dist/main.mjs');
      if (!existsSync(entry)) {
        throw new SlipwayError('INVALID_CONFIG', `${entry} is missing`, { hint: "run 'node scripts/build.mjs'" });
      }
      const child = spawn(process.execPath, [entry, ...words], { stdio: 'inherit' });
      // The demo ends by itself on these, and has something to remove first.
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
      process.exitCode = await new Promise<number>((resolve, reject) => {
        child.once('error', reject);
        child.once('exit', (code) => resolve(code ?? 1));
      });
    });
}
