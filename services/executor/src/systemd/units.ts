import { setTimeout as sleep } from 'node:timers/promises';
import { findBinary } from '@slipway/config';
import { runtimeMessage } from '@slipway/conmon';
import { SlipwayError } from '@slipway/errors';
import { deadlineIn, earlier, hasPassed } from '@slipway/time';
import type { Limits } from '../runtime/runtime.js';
import { type CommandResult, runCommand } from '../runtime/run-command.js';

/** A unit that systemd has in memory. */
export interface LoadedUnit {
  name: string;
  /** `active`, `inactive`, `failed`, …: systemctl(1), ACTIVE. */
  active: string;
}

/** systemctl's exit code for a unit that is not loaded (systemctl(1), "Exit status"). */
const notLoaded = 5;
/** For one call: systemd answers in milliseconds unless it is re-executing itself. */
const callMs = 10_000;
const retryMs = 250;

/**
 * systemd's units, by its own commands: systemctl speaks with the manager itself where the bus is away, busctl needs the
 * bus. A call that fails is repeated until its deadline, because the manager or the bus may be restarting
 * (`systemctl daemon-reexec`, an upgrade). Throws RUNTIME_FAILED with the command's words, DEADLINE, CANCELLED, and
 * INVALID_CONFIG where the command is not installed.
 */
export class SystemdUnits {
  /** Ends units with what is in them, and answers when they are gone. A unit that is not loaded is success. */
  async stop(names: readonly string[], limits: Limits): Promise<void> {
    if (names.length === 0) return;
    await this.#repeat('systemctl', ['stop', '--quiet', '--no-ask-password', '--', ...names], limits, notLoaded);
  }

  /** Lets systemd forget units that failed. Those that did not, or are not loaded, are success. */
  async resetFailed(names: readonly string[], limits: Limits): Promise<void> {
    // Exit code 1 is that of a unit that is not loaded, which is the usual case.
    await this.#run('systemctl', ['reset-failed', '--no-ask-password', '--', ...names], limits);
  }

  /** Changes properties of a unit until it is gone, each as `Name=value` (systemctl(1), set-property). */
  async setProperties(name: string, properties: readonly string[], limits: Limits): Promise<void> {
    await this.#repeat(
      'systemctl',
      ['set-property', '--runtime', '--no-ask-password', '--', name, ...properties],
      limits,
    );
  }

  /** The units in memory whose names match one of some patterns (glob(7)). */
  async list(patterns: readonly string[], limits: Limits): Promise<LoadedUnit[]> {
    const flags = ['--all', '--full', '--plain', '--no-legend', '--no-pager'];
    const { stdout } = await this.#repeat('systemctl', ['list-units', ...flags, '--', ...patterns], limits);
    return parseUnits(stdout.toString());
  }

  /**
   * Makes a scope of a process that runs. Its cgroup is ours to put other processes into (Delegate=, see systemd's
   * CGROUP_DELEGATION); it is gone when the last one has ended. At a shutdown its processes get SIGPIPE, not SIGTERM.
   * Answers when systemd has taken the job; the process is moved a moment later. Not repeated: the scope may be there.
   */
  async startScope(name: string, slice: string, pid: number, limits: Limits): Promise<void> {
    const properties: [name: string, type: string, ...values: string[]][] = [
      ['Description', 's', 'Slipway: holders of containers'],
      ['Slice', 's', slice],
      ['PIDs', 'au', '1', String(pid)],
      ['Delegate', 'b', 'true'],
      ['DefaultDependencies', 'b', 'false'],
      ['KillSignal', 'i', '13'],
    ];
    const manager = ['org.freedesktop.systemd1', '/org/freedesktop/systemd1', 'org.freedesktop.systemd1.Manager'];
    const call = ['--quiet', 'call', ...manager, 'StartTransientUnit', 'ssa(sv)a(sa(sv))', name, 'fail'];
    const result = await this.#run('busctl', [...call, String(properties.length), ...properties.flat(), '0'], limits);
    if (result.code !== 0) throw failed('busctl', 'StartTransientUnit', result);
  }

  async #repeat(program: string, args: readonly string[], limits: Limits, fine = 0): Promise<CommandResult> {
    for (;;) {
      const result = await this.#run(program, args, limits);
      if (result.code === 0 || result.code === fine) return result;
      await sleep(retryMs, undefined, { signal: limits.signal });
      if (!hasPassed(limits.deadline)) continue;
      throw failed(program, args[0] ?? '', result);
    }
  }

  async #run(program: string, args: readonly string[], { deadline, signal }: Limits): Promise<CommandResult> {
    const limit = earlier(deadline, deadlineIn(callMs));
    return await runCommand({ path: findBinary(program), args, deadline: limit, signal });
  }
}

function failed(program: string, command: string, result: CommandResult): SlipwayError {
  const said = runtimeMessage(result.stderr.toString()) || `it ended with code ${result.code}`;
  return new SlipwayError('RUNTIME_FAILED', `${program} ${command}: ${said}`, {
    hint: 'see whether systemd and D-Bus run: systemctl status, systemctl status dbus',
  });
}

/** Lines of `systemctl list-units --plain --no-legend`: name, load state, active state, sub state, description. */
export function parseUnits(text: string): LoadedUnit[] {
  return text.split('\n').flatMap((line) => {
    const [name = '', , active = ''] = line.trim().split(/\s+/);
    return name.includes('.') ? [{ name, active }] : [];
  });
}
