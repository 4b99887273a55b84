export type { Source } from './layers.js';
export { defaultConfigPath, loadSettings, type LoadedSettings, type LoadOptions } from './load.js';
export { handlerCgroup } from './handler-cgroup.js';
export { renderToml, type SettingInForce, settingsInForce } from './render.js';
export { handlerKeys, handlerKinds, nodeName, settingKeys, type SettingKey } from './schema.js';
export type { HandlerSettings, NetworkSettings, Settings } from './settings.js';
export { findBinary } from './find-binary.js';
export { isTomlTable, parseToml, tomlLine, type TomlTable } from './toml-lines.js';
