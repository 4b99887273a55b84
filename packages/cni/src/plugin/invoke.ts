import { accessSync, constants, existsSync } from 'node:fs';
import { join } from 'node:path';
import { SlipwayError } from '@slipway/errors';
import { parseExact, stringifyExact } from '@slipway/json';
import { type Deadline, monotonicMs } from '@slipway/time';
import { nativeObstacle } from '../native/configuration.js';
import type { NativePlugins } from '../native/native-plugins.js';
import type { NativeOutcome } from '../native/plugin-call.js';
import { isReferenceProgram } from '../native/reference-program.js';
import { PluginError } from './plugin-error.js';
import { spawnPlugin } from './spawn-plugin.js';
import type { PluginOutput, PluginRunner } from '../types.js';
import type { JsonObject, PluginConf } from '../list/plugin-conf.js';

/** Everything that one plugin call needs besides the plugin itself. */
export interface Invocation {
  command: 'ADD' | 'DEL' | 'CHECK';
  containerId: string;
  /** Empty when the namespace is gone (DEL only). */
  netns: string;
  ifname: string;
  /** CNI_ARGS. */
  args: string;
  binDirs: readonly string[];
  deadline: Deadline;
  signal?: AbortSignal | undefined;
  run?: PluginRunner | undefined;
  native?: NativePlugins | undefined;
}

/**
 * Runs one plugin (CNI spec 1.0 section 2) and gives what it printed, parsed; `undefined` for nothing.
 *
 * @throws PluginError for whatever goes wrong in or with the plugin; SlipwayError CANCELLED when the signal fired.
 */
export async function invokePlugin(
  plugin: PluginConf,
  conf: JsonObject,
  call: Invocation,
): Promise<JsonObject | undefined> {
  const fail = (message: string, output?: PluginOutput, cause?: unknown) =>
    new PluginError(plugin.type, call.command, { message, ...(output && { stderr: output.stderr }) }, cause);

  const path = findPlugin(plugin.type, call.binDirs);
  if (path === undefined) throw fail(`not found in ${call.binDirs.join(', ')}`);
  const started = monotonicMs();
  const ended = (why: 'deadline' | 'cancelled', output?: PluginOutput): Error =>
    why === 'cancelled'
      ? new SlipwayError('CANCELLED', `${call.command} of plugin ${plugin.type} was cancelled`)
      : fail(`gave no answer in ${Math.round(monotonicMs() - started)} ms and was killed`, output);

  const native = await carryOutNatively(path, conf, call);
  if (native && 'result' in native) return native.result;
  if (native && 'failure' in native) throw fail(native.failure);
  if (native && 'killed' in native) throw ended(native.killed);
  const output = await (call.run ?? spawnPlugin)({
    path,
    env: pluginEnv(call),
    stdin: stringifyExact((native && 'unexpected' in native && native.remaining) || conf),
    deadline: call.deadline,
    signal: call.signal,
  }).catch((error: unknown) => {
    throw fail(`could not be started: ${error instanceof Error ? error.message : String(error)}`, undefined, error);
  });

  if (output.killed === 'cancelled' || output.killed === 'deadline') throw ended(output.killed, output);
  if (output.killed === 'output') throw fail('printed more than 1 MiB and was killed', output);
  const printed = parseOutput(output.stdout);
  if (output.exitCode !== 0) throw reportedError(plugin.type, call.command, printed, output);
  if (printed === 'garbage') throw fail(`printed what is not a JSON object: ${excerpt(output.stdout)}`, output);
  return printed;
}

/**
 * Undefined where the plugin's program must do it: something in the configuration is not known, the program is not the
 * reference plugin, or it is CHECK, which is rare.
 */
async function carryOutNatively(path: string, conf: JsonObject, call: Invocation): Promise<NativeOutcome | undefined> {
  const { native, command, containerId, netns, ifname, deadline, signal } = call;
  if (native === undefined || command === 'CHECK' || nativeObstacle(conf, call.args) !== undefined) return undefined;
  const ipam = (conf.ipam as JsonObject | undefined)?.type as string | undefined;
  const ipamPath = ipam === undefined ? undefined : findPlugin(ipam, call.binDirs);
  if (ipam !== undefined && ipamPath === undefined) return undefined;
  const programs = [
    isReferenceProgram(path, conf.type as string),
    ...(ipam !== undefined && ipamPath !== undefined ? [isReferenceProgram(ipamPath, ipam)] : []),
  ];
  if ((await Promise.all(programs)).includes(false)) return undefined;
  return await native.run({ command, conf, containerId, netns, ifname, deadline }, signal);
}

/** The plugin's binary, or undefined when no directory has it executable. */
export function findPlugin(type: string, binDirs: readonly string[]): string | undefined {
  for (const dir of binDirs) {
    const path = join(dir, type);
    // Asking costs a third of failing, and most directories have none.
    if (!existsSync(path)) continue;
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // The next directory may have it.
    }
  }
  return undefined;
}

/**
 * Plugins expect the runtime's environment (PATH above all: portmap calls iptables), but no CNI_ variable of an outer
 * call. Read once: each of its variables is a call of getenv(3).
 */
let inheritedEnv: Record<string, string> | undefined;

function inherited(): Record<string, string> {
  if (inheritedEnv) return inheritedEnv;
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined && !name.startsWith('CNI_')) env[name] = value;
  }
  env.PATH ||= '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  inheritedEnv = env;
  return env;
}

function pluginEnv(call: Invocation): Record<string, string> {
  const env = { ...inherited() };
  env.CNI_COMMAND = call.command;
  env.CNI_CONTAINERID = call.containerId;
  env.CNI_NETNS = call.netns;
  env.CNI_IFNAME = call.ifname;
  env.CNI_ARGS = call.args;
  env.CNI_PATH = call.binDirs.join(':');
  return env;
}

function parseOutput(stdout: string): JsonObject | undefined | 'garbage' {
  if (stdout.trim() === '') return undefined;
  try {
    const value = parseExact(stdout);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : 'garbage';
  } catch {
    return 'garbage';
  }
}

function reportedError(
  type: string,
  command: string,
  printed: JsonObject | undefined | 'garbage',
  output: PluginOutput,
): PluginError {
  const { stderr } = output;
  if (typeof printed === 'object' && (printed.msg !== undefined || printed.code !== undefined)) {
    const { code, msg, details } = printed;
    return new PluginError(type, command, {
      code: typeof code === 'number' ? code : 0,
      message: text(msg) || `failed with exit code ${output.exitCode}`,
      details: text(details),
      stderr,
    });
  }
  const how = output.exitCode < 0 ? 'was ended by a signal' : `failed with exit code ${output.exitCode}`;
  const said = output.stdout.trim() === '' ? '' : `: ${excerpt(output.stdout)}`;
  return new PluginError(type, command, { message: `${how}${said}`, stderr });
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function excerpt(output: string): string {
  const line = output.trim().replace(/\s+/g, ' ');
  return line.length > 400 ? `${line.slice(0, 400)}…` : line;
}
