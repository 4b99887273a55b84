import { executorKeys, handlerKeys, type SettingKey, settingKeys } from '@slipway/config';
import { roffPage, roffParagraphs, roffTagged, roffText, roffTitle } from './roff.js';

const description = `Slipway's settings are TOML. They are read from these places, and a later one wins:

  /etc/slipway/config.toml, or the file of --config or SLIPWAY_CONFIG
  the drop-ins <file>.d/*.toml, in the order of their names
  the environment: SLIPWAY_<SECTION>_<KEY>, for example SLIPWAY_LOG_LEVEL
  the command line: --<section>.<key> <value>, or --set <section>.<key>=<value>

An unknown key or a wrong value is an error that names the file and the line. A list is written as one in
TOML, and with commas in the environment and on the command line. slipway config prints what is in force and where
each value came from.

The file may be absent: every setting has a default.`;

/** slipway-config.toml(5), of the declaration of all settings. */
export function configPage(version: string): string {
  const sections = new Map<string, [string, SettingKey][]>();
  for (const [path, key] of Object.entries(settingKeys)) {
    const section = path.includes('.') ? path.slice(0, path.lastIndexOf('.')) : '';
    sections.set(section, [...(sections.get(section) ?? []), [path, key]]);
  }
  sections.set('runtime.handlers.<name>', Object.entries(handlerKeys));
  sections.set('runtime.executors.<name>', Object.entries(executorKeys));
  const lines = [
    roffTitle('slipway-config.toml', 5, version),
    '.SH NAME',
    'slipway\\-config.toml \\- settings of Slipway',
    '.SH DESCRIPTION',
    ...roffParagraphs(description),
    '.SH SETTINGS',
    ...[...sections].flatMap(([section, keys]) => [
      section === '' ? '.SS "At the top"' : `.SS "[${roffText(section)}]"`,
      ...keys.flatMap(([path, key]) => roffTagged(path.slice(path.lastIndexOf('.') + 1), meaning(path, key))),
    ]),
    '.SH EXAMPLE',
    '.PP',
    '.RS 4',
    '.nf',
    ...['[cgroup]', 'driver = "systemd"', '', '[runtime]', 'defaultHandler = "crun"', '', '[runtime.handlers.kata]']
      .concat('kind = "runc"', 'path = "/opt/kata/bin/kata-runtime"')
      .map((line) => (line === '' ? '.sp' : roffText(line))),
    '.fi',
    '.RE',
    '.SH FILES',
    ...roffTagged('/etc/slipway/config.toml', 'the settings'),
    ...roffTagged('/etc/slipway/config.toml.d/*.toml', 'drop-ins'),
    ...roffTagged('/etc/slipway/config.toml.d/90-live.toml', 'what slipway executor and slipway scale have changed'),
    '.SH SEE ALSO',
    '.BR slipway (1) ,',
    '.BR slipway\\-config (1)',
  ];
  return roffPage(lines);
}

function meaning(path: string, { type, default: value, doc, oneOf, range }: SettingKey): string {
  const kind = { string: 'text', integer: 'a whole number', boolean: 'true or false', strings: 'a list' }[type];
  const choice = oneOf
    ? `: ${oneOf.join(', ')}`
    : range && type === 'integer'
      ? ` from ${range[0]} to ${range[1]}`
      : '';
  // The node's name is the host's: it differs from machine to machine.
  const shown = path === 'node' ? "the host's name" : value === '' ? 'empty' : JSON.stringify(value);
  return `${doc.charAt(0).toUpperCase()}${doc.slice(1)}. It is ${kind}${choice}; default: ${shown}.`;
}
