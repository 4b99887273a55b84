import { findBinary } from '@slipway/config';
import { toSlipwayError } from '@slipway/errors';
import { deadlineIn, earlier } from '@slipway/time';
import type { Limits, Runtime } from '../runtime/runtime.js';
import { runCommand } from '../runtime/run-command.js';

const checkMs = 60_000;

/** The part of runc's features document that is read (runc `types/features`). */
interface FeaturesDocument {
  annotations?: Record<string, string>;
}

/**
 * The reason why no container of this runtime can be checkpointed on this host: the first obstacle, as a person would
 * find it. `criu` is the program's name or path.
 */
export async function checkpointProblem(runtime: Runtime, limits: Limits, criu = 'criu'): Promise<string> {
  const { hostProcesses, title } = runtime.capabilities;
  if (!hostProcesses) return `${title} keeps its processes to itself: CRIU cannot take them`;
  let path: string;
  try {
    path = findBinary(criu);
  } catch (error) {
    return `${toSlipwayError(error).message}: the OCI runtime takes checkpoints with it`;
  }
  if (!(await wasBuiltWithCriu(runtime, limits))) return `${runtime.path} was built without CRIU`;
  const deadline = earlier(limits.deadline, deadlineIn(checkMs));
  const check = runCommand({ path, args: ['check'], signal: limits.signal, deadline });
  const { code, said } = await check.then(
    ({ code, stdout, stderr }) => ({ code, said: Buffer.concat([stderr, stdout]).toString() }),
    (error: unknown) => {
      limits.signal?.throwIfAborted();
      return { code: -1, said: toSlipwayError(error).message };
    },
  );
  if (code === 0) return 'CRIU works, but Slipway does not write the archives that the CRI asks for';
  const reason = said.split('\n').find((line) => /error/i.test(line)) ?? said;
  return `\`criu check\` fails on this host: ${reason.trim() || `exit ${code}`}`;
}

/** runc tells by `features`, crun by its version's build flags. */
async function wasBuiltWithCriu(runtime: Runtime, limits: Limits): Promise<boolean> {
  const document = (await runtime.features(limits)) as FeaturesDocument | undefined;
  const enabled = document?.annotations?.['org.opencontainers.runc.checkpoint.enabled'];
  if (enabled !== undefined) return enabled === 'true';
  const { stdout } = await runCommand({ path: runtime.path, args: [...runtime.globalArgs, '--version'], ...limits });
  return stdout.toString().includes('+CRIU');
}
