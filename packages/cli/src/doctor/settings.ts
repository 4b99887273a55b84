import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { loadSettings, type Settings } from '@slipway/config';
import type { DoctorSettings } from '@slipway/doctor';

/** The settings of the other node: its own file, and neither this one's nor the environment. */
export function settingsBelow(root: string): Settings {
  const file = join(root, 'etc/slipway/config.toml');
  return loadSettings({ env: {}, configPath: existsSync(file) ? file : '/dev/null' }).settings;
}

/** The settings that the doctor's checks compare a node with. */
export function comparedSettings({
  cgroup,
  state,
  root,
  network,
  nats,
  redis,
  http,
  streaming,
}: Settings): DoctorSettings {
  return {
    cgroupDriver: cgroup.driver,
    cgroupParent: cgroup.parent,
    stateDirectory: state,
    dataDirectory: root,
    cniConfDir: network.confDir,
    cniOwnList: network.own.enabled,
    cniBinDirs: network.binDirs,
    cniNative: network.native === 'auto',
    privateNats: nats.url === '',
    privateRedis: redis.url === '',
    httpPort: http.port,
    streamingPort: streaming.port,
  };
}
