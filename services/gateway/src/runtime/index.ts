import type { RuntimeRpcs } from '../server/rpc-table.js';
import { containerStatus } from './container-status.js';
import { createContainer } from './create-container.js';
import { execSync } from './exec-sync.js';
import { listContainers } from './list-containers.js';
import { listPodSandbox } from './list-pod-sandbox.js';
import { podSandboxStatus } from './pod-sandbox-status.js';
import { removeContainer } from './remove-container.js';
import { removePodSandbox } from './remove-pod-sandbox.js';
import { reopenContainerLog } from './reopen-container-log.js';
import { runPodSandbox } from './run-pod-sandbox.js';
import { runtimeConfig } from './runtime-config.js';
import { startContainer } from './start-container.js';
import { status } from './status.js';
import { stopContainer } from './stop-container.js';
import { stopPodSandbox } from './stop-pod-sandbox.js';
import { updateRuntimeConfig } from './update-runtime-config.js';
import { version } from './version.js';

export const runtimeService: RuntimeRpcs = {
  containerStatus,
  createContainer,
  execSync,
  listContainers,
  listPodSandbox,
  podSandboxStatus,
  removeContainer,
  removePodSandbox,
  reopenContainerLog,
  runPodSandbox,
  runtimeConfig,
  startContainer,
  status,
  stopContainer,
  stopPodSandbox,
  updateRuntimeConfig,
  version,
};
