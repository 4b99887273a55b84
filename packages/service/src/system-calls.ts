import { processRights, type SystemCallProfile, systemCallRules } from '@slipway/capabilities';
import { installFilter } from '@slipway/linux';
import type { Stage } from '@slipway/stages';
import type { Logger } from '@slipway/telemetry';

/** Where the supervisor says which filter of system calls a service has to have; `none`: no filter. */
const variable = 'SLIPWAY_SYSTEM_CALLS';

/** The variable, for who starts a service with other rights than those of its stage. */
export function filterVariable(profile: SystemCallProfile | undefined): Record<string, string> {
  return { [variable]: profile ?? 'none' };
}

/**
 * Gives this process the filter of system calls that its stage has by the table of rights, or that the supervisor names. All
 * its threads have it, and what it starts. A kernel without filters is no reason not to run.
 */
export function limitSystemCalls(stage: Stage, log: Logger): void {
  const profile = process.env[variable] ?? processRights[stage].systemCalls;
  if (profile === undefined || !Object.hasOwn(systemCallRules, profile)) return;
  try {
    if (!installFilter(profile as SystemCallProfile, 'process'))
      log.warn('this kernel has no seccomp filters: the process may make every system call');
  } catch (error) {
    log.error({ err: error, profile }, 'the filter of system calls cannot be installed');
  }
}
