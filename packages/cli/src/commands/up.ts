import { isatty } from 'node:tty';
import { requireRoot } from '@slipway/node-client/access';
import { watchNpm } from '@slipway/supervisor';
import type { CliCommand } from '../grammar/cli-command.js';
import type { CommandContext } from './command-context.js';

export function addUp(program: CliCommand, context: CommandContext): void {
  program
    .command('up')
    .description(
      'run this node: NATS, Redis and every service, until SIGTERM or ctrl-C; containers outlive it; SIGHUP reads the settings again',
    )
    .guide({
      examples: [
        ['slipway up', 'run the node'],
        ['slipway up --config /etc/slipway/lab.toml', 'with another file'],
        ['slipway up --scale.puller 2 --log.level debug', 'two pullers, all log lines'],
        ['slipway up --scale.gateway 2', 'a second gateway, on /run/slipway/slipway.sock.1'],
        ['slipway up --nats.url nats://10.0.0.1:4222', 'with a NATS of your own'],
      ],
    })
    .action(async () => {
      const loaded = context.loaded();
      requireRoot('a node');
      const { createLogger, prettyLine } = await import('@slipway/telemetry');
      const { up } = await import('@slipway/supervisor/up');
      const { ServiceManager } = await import('@slipway/supervisor/systemd');
      const pretty = process.stderr.isTTY;
      const log = createLogger({ stage: 'up', level: loaded.settings.log.level });
      const systemd = ServiceManager.take(log);
      const stop = new AbortController();
      stop.signal.addEventListener('abort', () => systemd.notify('STOPPING=1'));
      for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => stop.abort());
      let reload: (() => Promise<void>) | undefined;
      process.on('SIGHUP', () => {
        // A terminal that was closed sends it too, and takes the log with it.
        if (pretty && !isatty(2)) stop.abort();
        else if (reload) void reload();
        else log.info('SIGHUP: the node is just starting, with the settings as they are');
      });
      watchNpm(() => {
        log.info('npm has ended, and with it this node');
        stop.abort();
      });
      systemd.keepAlive();
      await up({
        loaded,
        reload: () => context.reload(),
        log,
        signal: stop.signal,
        environment: systemd.environment,
        reloadable: (again) => {
          reload = again;
        },
        ...(pretty
          ? { output: (line: string) => void process.stderr.write(`${prettyLine(line, !process.env['NO_COLOR'])}\n`) }
          : {}),
        ready: (socket) => {
          log.info({ socket }, 'ready');
          systemd.notify(`READY=1\nSTATUS=serving the CRI on ${socket}`);
        },
      });
      // All of it has ended. A connect that is under way, to a program that never answers, is not waited for.
      setImmediate(() => process.exit());
    });
}
