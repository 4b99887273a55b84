import { createServer, type Server, type Socket } from 'node:net';
import { SlipwayError } from '@slipway/errors';
import type { PortForwardSession } from '@slipway/streaming';
import { resolveSandbox, withNode } from '../client/node.js';
import type { CliCommand } from '../grammar/cli-command.js';
import type { CommandContext } from './command-context.js';

interface Forward {
  local: number;
  remote: number;
}

export function addPortForward(program: CliCommand, context: CommandContext): void {
  program
    .command('port-forward <pod> <ports...>')
    .description("open local ports that lead to a pod's, until ctrl-C; a port is <port>, <local>:<port> or :<port>")
    .option('--address <address>', 'where to listen', '127.0.0.1')
    .guide({
      examples: [
        ['slipway port-forward web 8080:80', 'http://127.0.0.1:8080 is port 80 of the pod'],
        ['slipway port-forward web :5432', 'on any free local port'],
      ],
    })
    .action(async (pod: string, words: string[], { address }: { address: string }) => {
      const forwards = words.map(parseForward);
      await withNode(context, async (cri) => {
        const podSandboxId = await resolveSandbox(cri, pod);
        const { url } = await cri.portForward({ podSandboxId, port: forwards.map(({ remote }) => remote) });
        const { openPortForward } = await import('@slipway/streaming');
        await forwardAll(await openPortForward(url), forwards, address);
      });
    });
}

async function forwardAll(session: PortForwardSession, forwards: Forward[], address: string): Promise<void> {
  const stopped = new Promise<void>((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => resolve());
  });
  const servers: Server[] = [];
  const sockets = new Set<Socket>();
  try {
    for (const { local, remote } of forwards) {
      const server = createServer({ allowHalfOpen: true }, (socket) => {
        sockets.add(socket);
        socket.once('close', () => sockets.delete(socket));
        forward(session, socket, remote);
      });
      servers.push(server);
      const port = await listen(server, address, local);
      process.stdout.write(`${address}:${port} -> ${remote}\n`);
    }
    const reason = await Promise.race([
      stopped,
      session.closed.then((error) => error ?? new Error('the node closed it')),
    ]);
    if (reason) throw new SlipwayError('STAGE_UNAVAILABLE', `the session ended: ${reason.message}`);
  } finally {
    for (const server of servers) server.close();
    for (const socket of sockets) socket.destroy();
    await session.close();
  }
}

function forward(session: PortForwardSession, socket: Socket, remote: number): void {
  socket.on('error', () => undefined);
  session.connect(remote).then(
    (stream) => {
      stream.on('error', (error) => {
        process.stderr.write(`slipway: ${error.message}\n`);
        socket.destroy();
      });
      socket.once('close', () => stream.destroy());
      stream.once('close', () => socket.destroySoon());
      socket.pipe(stream).pipe(socket);
    },
    (error: Error) => {
      process.stderr.write(`slipway: ${error.message}\n`);
      socket.destroy();
    },
  );
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new SlipwayError('INVALID_REQUEST', `cannot listen on ${host} port ${port}: ${cause.message}`, { cause })),
    );
    server.listen({ host, port }, () => resolve((server.address() as { port: number }).port));
  });
}

export function parseForward(word: string): Forward {
  const [, local, remote] = /^(?:(\d*):)?(\d+)$/.exec(word) ?? [];
  const to = Number(remote);
  const from = local === undefined ? to : Number(local);
  if (remote === undefined || to < 1 || to > 0xffff || from > 0xffff) {
    throw new SlipwayError('INVALID_REQUEST', `${word} is no port: write <port>, <local>:<port> or :<port>`);
  }
  return { local: from, remote: to };
}
