export type { CommandGrammar } from './flags.js';
export type { Source } from './layers.js';
export { type LiveChanges, livePath, writeLive } from './live-settings.js';
export { defaultConfigPath, loadSettings, type LoadedSettings, type LoadOptions } from './load.js';
export { type ConfiguredExecutor, configuredExecutors, servedHandlers } from './executors.js';
export { installationRoot } from './installation-root.js';
export { handlerCgroup } from './handler-cgroup.js';
export { renderToml, type SettingInForce, settingsInForce } from './render.js';
export {
  builtInHandlers,
  executorKeys,
  handlerKeys,
  nodeName,
  settingKey,
  settingKeys,
  type SettingKey,
} from './schema.js';
export { valueAt } from './value-at.js';
export type { ExecutorSettings, HandlerSettings, NetworkSettings, Settings } from './settings.js';
export { findBinary, isInstalled } from './find-binary.js';
export { isTomlTable, parseToml, tomlLine, type TomlTable } from './toml-lines.js';
export { settingFault } from './setting-fault.js';
export { slipwayVersion } from './version.js';
