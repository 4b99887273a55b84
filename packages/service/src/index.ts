export { handedSocket, handedSockets } from './handed-sockets.js';
export {
  type Drainable,
  type RunningService,
  runService,
  type ServiceDescription,
  type ServiceParts,
} from './run-service.js';
export { filterVariable } from './system-calls.js';
export { isSupervised } from './supervisor.js';
export type {
  ExecutorStatus,
  ServiceMessage,
  ServiceStatus,
  SupervisorCommand,
  SupervisorMessage,
} from './supervisor-channel.js';
