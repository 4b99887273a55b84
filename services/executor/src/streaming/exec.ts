import { readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import type { ContainerRecord, ExecCall } from '@slipway/contracts';
import { closeFd, openPipe } from '@slipway/linux';
import type { CommandStreams } from '@slipway/streaming';
import { noDeadline } from '@slipway/time';
import { writeExecProcess } from '../container/exec-process.js';
import { ExecScope } from '../container/exec-scope.js';
import { execFailed } from '../container/exec-sync.js';
import type { ExecutorContext } from '../context.js';
import { killedError, type ProgramRequest, type RunningProgram, startProgram } from '../runtime/program.js';
import { execTerminal } from './exec-terminal.js';
import { feed } from './input.js';
import { Output } from './output.js';
import { runningContainer } from './running-container.js';

const pipeBytes = 64 << 10;
/** Pipe sizes of stdin and stdout: while this process does something else, the command goes on. */
const largePipeBytes = 256 << 10;

/**
 * Runs a command in a running container on a client's streams, and answers its exit code. It ends with all that it
 * started when the client goes. Throws RUNTIME_FAILED with the runtime's words for one that cannot be started.
 */
export async function exec(context: ExecutorContext, request: ExecCall, streams: CommandStreams): Promise<number> {
  context.moves.hasten();
  const record = await runningContainer(context, request.id);
  const scope = await ExecScope.open(context, record);
  try {
    const run = request.tty ? execTerminal : execPipes;
    return await run(context, record, request.command, scope, streams);
  } finally {
    await scope.close();
  }
}

/** The command's own descriptors are pipes to us: what it does with them, the client sees. */
async function execPipes(
  context: ExecutorContext,
  record: ContainerRecord,
  command: readonly string[],
  scope: ExecScope,
  { stdin, stdout, stderr, signal }: CommandStreams,
): Promise<number> {
  const { runtime } = context;
  const processFile = runtime.capabilities.execOwnProcess ? undefined : scope.processFile;
  const oomScoreAdj = processFile ? writeExecProcess(record.bundle, command, processFile) : undefined;
  const { pidFile, innerPidFile, cgroupFlag: cgroup } = scope;
  const args = runtime.execArguments(record.id, { command, pidFile, innerPidFile, processFile, cgroup });
  const pipes: Pipes = {
    in: stdin && openPipe(largePipeBytes),
    out: stdout && openPipe(largePipeBytes),
    err: openPipe(pipeBytes),
  };
  const program = startWith(pipes, {
    path: runtime.path,
    ...runtime.launch,
    args,
    oomScoreAdj,
    deadline: noDeadline,
    signal,
    onKill: () => scope.kill(),
    begins: scope.begins,
    follow: runtime.capabilities.execDetaches
      ? () => Promise.resolve(Number(readFileSync(pidFile, 'utf8')))
      : undefined,
  });
  const input = pipes.in && new Socket({ fd: pipes.in.write, readable: false, writable: true });
  if (input) feed(stdin, input);
  const reader = (fd: number): Socket => new Socket({ fd, readable: true, writable: false });
  // The runtime has the command's stderr while it starts it, and what it says there is the reason of a failure.
  const errors = new Output(reader(pipes.err.read), {
    capacity: pipeBytes,
    destination: stderr,
    hold: () => !scope.started(),
  });
  const outputs = [errors];
  if (pipes.out) outputs.push(new Output(reader(pipes.out.read), { capacity: largePipeBytes, destination: stdout }));
  try {
    const { code, killed } = await program.ended;
    if (killed !== undefined) throw killedError(killed, { path: runtime.path, args, begins: scope.begins });
    if (code !== 0 && !scope.started()) {
      await errors.settle();
      await runtime.reapFailedExec();
      throw execFailed(record, runtime.kind, code, errors.held);
    }
    await Promise.all(outputs.map((output) => output.finish()));
    return code;
  } finally {
    input?.destroy();
    for (const output of outputs) output.stop();
  }
}

type Pipe = ReturnType<typeof openPipe>;

interface Pipes {
  in: Pipe | undefined;
  out: Pipe | undefined;
  err: Pipe;
}

/** Starts a program with its sides of the pipes; ours stay open, unless it fails. */
function startWith(pipes: Pipes, request: Omit<ProgramRequest, 'fds'>): RunningProgram {
  const fds: Record<number, number> = { 2: pipes.err.write };
  if (pipes.in) fds[0] = pipes.in.read;
  if (pipes.out) fds[1] = pipes.out.write;
  try {
    return startProgram({ ...request, fds });
  } catch (error) {
    for (const fd of [pipes.in?.write, pipes.out?.read, pipes.err.read]) if (fd !== undefined) closeFd(fd);
    throw error;
  } finally {
    for (const fd of Object.values(fds)) closeFd(fd);
  }
}
