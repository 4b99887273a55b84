import { runtimeMessage } from '@slipway/conmon';
import { ContainerPhase, type ContainerRecord, type ExecSyncCall, type ExecSyncResult } from '@slipway/contracts';
import { isSlipwayError, SlipwayError } from '@slipway/errors';
import { deadlineIn, earlier, noDeadline } from '@slipway/time';
import type { ExecutorContext, WaitingCall } from '../context.js';
import { writeExecProcess } from './exec-process.js';
import { ExecScope } from './exec-scope.js';
import { requireContainer } from './require-container.js';
import { phaseName } from './phases.js';

/** A command that lasts longer holds no place of the stage, ms: most probes end before, and their starts are work. */
const idleAfterMs = 250;
/** As CRI-O and containerd limit it: bytes of each stream that are kept. */
const maxOutput = 16 << 20;

/**
 * Runs a command in a running container and collects its output. At the time-out that command ends with all that it
 * started, and nothing else: EXEC_TIMEOUT. A command that cannot be started is RUNTIME_FAILED with
 * the runtime's message. Children that it leaves in the background do not hold the answer up.
 */
export async function execSync(
  context: ExecutorContext,
  request: ExecSyncCall,
  call: WaitingCall,
): Promise<ExecSyncResult> {
  const object = `container ${request.id}`;
  if (request.command.length === 0) throw new SlipwayError('INVALID_REQUEST', 'the command is empty', { object });
  context.moves.hasten();
  const record = await requireContainer(context, request.id);
  if (record.phase !== ContainerPhase.CONTAINER_PHASE_RUNNING) {
    throw new SlipwayError('CONTAINER_STATE', `it is ${phaseName(record.phase)}, not RUNNING`, { object });
  }
  const seconds = Number(request.timeoutSeconds);
  const timeout = seconds > 0 ? deadlineIn(seconds * 1000) : noDeadline;
  const scope = await ExecScope.open(context, record);
  try {
    // Its caller may have given it up before it began: see docs/stage-contract.md, "Repeats".
    call.signal.throwIfAborted();
    return await run(context, record, request, scope, { ...call, deadline: earlier(timeout, call.deadline) });
  } catch (error) {
    if (isSlipwayError(error) && error.code === 'DEADLINE' && timeout <= call.deadline) {
      throw new SlipwayError('EXEC_TIMEOUT', `command timed out: timeout ${seconds}s exceeded`, {
        object,
        cause: error,
      });
    }
    throw error;
  } finally {
    await scope.close();
  }
}

async function run(
  context: ExecutorContext,
  record: ContainerRecord,
  request: ExecSyncCall,
  scope: ExecScope,
  limits: Pick<WaitingCall, 'deadline' | 'signal' | 'idle'>,
): Promise<ExecSyncResult> {
  const { kind, capabilities } = context.runtime;
  const whole = !capabilities.execOwnProcess;
  const oomScoreAdj = whole ? writeExecProcess(record.bundle, request.command, scope.processFile) : undefined;
  const exec = {
    command: request.command,
    pidFile: scope.pidFile,
    innerPidFile: scope.innerPidFile,
    processFile: whole ? scope.processFile : undefined,
    cgroup: scope.cgroupFlag,
    maxOutput,
    oomScoreAdj,
    deadline: limits.deadline,
    signal: limits.signal,
    onKill: () => scope.kill(),
    begins: scope.begins,
  };
  const result = await limits.idle(() => context.runtime.exec(record.id, exec), idleAfterMs);
  if (result.code !== 0 && !scope.started()) {
    throw execFailed(record, kind, result.code, result.stderr.toString());
  }
  return { stdout: result.stdout, stderr: result.stderr, exitCode: result.code };
}

/** The error of a command that was not started, with what the runtime said. */
export function execFailed(record: ContainerRecord, kind: string, code: number, stderr: string): SlipwayError {
  const message = runtimeMessage(stderr) || `${kind} ended with code ${code}`;
  return new SlipwayError('RUNTIME_FAILED', message.startsWith('exec failed') ? message : `exec failed: ${message}`, {
    object: `container ${record.id}`,
  });
}
