import type { RuntimeRpcs } from '../server/rpc-table.js';
import { attach } from './attach.js';
import { checkpointContainer } from './checkpoint-container.js';
import { containerStats } from './container-stats.js';
import { containerStatus } from './container-status.js';
import { createContainer } from './create-container.js';
import { exec } from './exec.js';
import { execSync } from './exec-sync.js';
import { getContainerEvents } from './get-container-events.js';
import { listContainerStats } from './list-container-stats.js';
import { listContainers } from './list-containers.js';
import { listMetricDescriptors } from './list-metric-descriptors.js';
import { listPodSandbox } from './list-pod-sandbox.js';
import { listPodSandboxMetrics } from './list-pod-sandbox-metrics.js';
import { listPodSandboxStats } from './list-pod-sandbox-stats.js';
import { podSandboxStats } from './pod-sandbox-stats.js';
import { podSandboxStatus } from './pod-sandbox-status.js';
import { portForward } from './port-forward.js';
import { removeContainer } from './remove-container.js';
import { removePodSandbox } from './remove-pod-sandbox.js';
import { reopenContainerLog } from './reopen-container-log.js';
import { runPodSandbox } from './run-pod-sandbox.js';
import { runtimeConfig } from './runtime-config.js';
import { startContainer } from './start-container.js';
import { status } from './status.js';
import { stopContainer } from './stop-container.js';
import { stopPodSandbox } from './stop-pod-sandbox.js';
import { streamContainerStats } from './stream-container-stats.js';
import { streamContainers } from './stream-containers.js';
import { streamPodSandboxMetrics } from './stream-pod-sandbox-metrics.js';
import { streamPodSandboxStats } from './stream-pod-sandbox-stats.js';
import { streamPodSandboxes } from './stream-pod-sandboxes.js';
import { updateContainerResources } from './update-container-resources.js';
import { updatePodSandboxResources } from './update-pod-sandbox-resources.js';
import { updateRuntimeConfig } from './update-runtime-config.js';
import { version } from './version.js';

export const runtimeService: RuntimeRpcs = {
  attach,
  checkpointContainer,
  containerStats,
  containerStatus,
  createContainer,
  exec,
  execSync,
  getContainerEvents,
  listContainerStats,
  listContainers,
  listMetricDescriptors,
  listPodSandbox,
  listPodSandboxMetrics,
  listPodSandboxStats,
  podSandboxStats,
  podSandboxStatus,
  portForward,
  removeContainer,
  removePodSandbox,
  reopenContainerLog,
  runPodSandbox,
  runtimeConfig,
  startContainer,
  status,
  stopContainer,
  stopPodSandbox,
  streamContainerStats,
  streamContainers,
  streamPodSandboxMetrics,
  streamPodSandboxStats,
  streamPodSandboxes,
  updateContainerResources,
  updatePodSandboxResources,
  updateRuntimeConfig,
  version,
};
