export { ownCgroup, releaseCgroups } from './cgroups.js';
export { releaseHostNetwork, releaseHostPorts } from './network.js';
export { processesOf, runningContainers, type RunningContainer } from './remains.js';
