export { Bus, type BusOptions, connectBus } from './bus.js';
export { type CallOptions, type StageClient, stageClient } from './client.js';
export type { StageContext } from './context.js';
export { type CallObservation, type StageHandlers, type StageOptions, type StageServer, serveStage } from './server.js';
export { LoadCounts, type StageLoad } from './load.js';
export { pingStage } from './ping.js';
export type { AnyMethod, MethodDefinition, RequestOf, ResponseOf, ServiceDefinition } from './service-definition.js';
export { cancelSubject, eventSubject, stageName, stageSubject } from './subjects.js';
export { childOf, formatTraceparent, newTrace, nowNanos, parseTraceparent, type TraceContext } from './trace.js';
