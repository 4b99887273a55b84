export { type RunningService, runService, type ServiceDescription, type ServiceParts } from './run-service.js';
