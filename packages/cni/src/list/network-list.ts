import { SlipwayError } from '@slipway/errors';
import type { JsonObject, PluginConf } from './plugin-conf.js';

/** The conf versions whose results have the shape that this package reads. */
const supportedVersions = ['0.3.0', '0.3.1', '0.4.0', '1.0.0', '1.1.0'];

/** A network list as in a `.conflist`. */
export interface ListConf {
  name: string;
  cniVersion: string;
  disableCheck?: boolean | undefined;
  /**
   * Marks the list that Slipway ships. In it a plugin that only serves capabilities is left
   * out when the pod asks for none of them; any other list is run exactly as written.
   */
  slipwayOwn?: boolean | undefined;
  plugins: PluginConf[];
}

/** A parsed network list and where its plugins are looked for. */
export class NetworkList {
  readonly name: string;
  readonly cniVersion: string;
  readonly disableCheck: boolean;
  readonly own: boolean;
  readonly plugins: readonly PluginConf[];

  constructor(
    conf: ListConf,
    /** Searched in order; handed to the plugins as CNI_PATH. */
    readonly binDirs: readonly string[],
    /** The file it came from. */
    readonly file?: string,
  ) {
    this.name = conf.name;
    this.cniVersion = conf.cniVersion;
    this.disableCheck = conf.disableCheck === true;
    this.own = conf.slipwayOwn === true;
    this.plugins = conf.plugins;
  }

  /** The capabilities that at least one plugin declares. */
  capabilities(): Set<string> {
    return new Set(this.plugins.flatMap(declaredCapabilities));
  }

  /** The list as a `.conflist` holds it. */
  toJSON(): ListConf {
    return {
      cniVersion: this.cniVersion,
      name: this.name,
      ...(this.disableCheck && { disableCheck: true }),
      ...(this.own && { slipwayOwn: true }),
      plugins: [...this.plugins],
    };
  }
}

/** The capabilities that a plugin's configuration switches on. */
export function declaredCapabilities(plugin: PluginConf): string[] {
  return Object.entries(plugin.capabilities ?? {})
    .filter(([, on]) => on)
    .map(([name]) => name);
}

/**
 * A network list from a parsed file: a list, or a single plugin's configuration, which becomes a
 * list of one (CNI spec 1.0 section 1 and its predecessors).
 *
 * @throws SlipwayError INVALID_CONFIG naming `file` and the field.
 */
export function toNetworkList(value: unknown, binDirs: readonly string[], file?: string): NetworkList {
  const where = file ?? 'network list';
  const conf = object(value, where, 'the configuration');
  const plugins = conf.plugins === undefined ? [conf] : conf.plugins;
  if (!Array.isArray(plugins) || plugins.length === 0) {
    throw invalid(where, 'plugins must be a list with at least one plugin');
  }
  const name = conf.name;
  if (typeof name !== 'string' || !/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(name)) {
    throw invalid(where, 'name must begin with a letter or digit and hold letters, digits, "_", "." and "-" only');
  }
  return new NetworkList(
    {
      name,
      cniVersion: listVersion(conf, where),
      disableCheck: conf.disableCheck === true,
      slipwayOwn: conf.slipwayOwn === true,
      plugins: plugins.map((plugin, index) => pluginConf(plugin, where, `plugins[${index}]`)),
    },
    binDirs,
    file,
  );
}

function pluginConf(value: unknown, where: string, field: string): PluginConf {
  const conf = object(value, where, field);
  const { type, capabilities, ipam } = conf;
  if (typeof type !== 'string' || !isBinaryName(type)) throw invalid(where, `${field}.type must name a plugin`);
  if (capabilities !== undefined) object(capabilities, where, `${field}.capabilities`);
  if (ipam !== undefined && ipam !== null) {
    const ipamType = object(ipam, where, `${field}.ipam`).type;
    // An empty ipam object means "no address management" to several plugins.
    if (ipamType !== undefined && ipamType !== '' && (typeof ipamType !== 'string' || !isBinaryName(ipamType))) {
      throw invalid(where, `${field}.ipam.type must name a plugin`);
    }
  }
  return conf as PluginConf;
}

/** A plugin is looked up by name in the plugin directories and never outside of them. */
function isBinaryName(type: string): boolean {
  return type !== '' && type !== '.' && type !== '..' && !/[/\0]/.test(type);
}

/** CNI 1.1 lets a list name several versions in `cniVersions`; the highest that both sides know is used. */
function listVersion(conf: JsonObject, where: string): string {
  const named = Array.isArray(conf.cniVersions) ? [conf.cniVersion, ...conf.cniVersions] : [conf.cniVersion];
  const version = [...supportedVersions].reverse().find((known) => named.includes(known));
  if (version !== undefined) return version;
  const found = named.filter((one) => one !== undefined).join(', ');
  throw invalid(where, `cniVersion ${found || 'is missing and'} must be one of ${supportedVersions.join(', ')}`);
}

function object(value: unknown, where: string, field: string): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw invalid(where, `${field} must be an object`);
}

function invalid(where: string, problem: string): SlipwayError {
  return new SlipwayError('INVALID_CONFIG', `${where}: ${problem}`, {
    object: 'network',
    hint: 'correct the file; the CNI specification, section 1, tells its form',
  });
}
