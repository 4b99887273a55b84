export * from './gen/builder.js';
export * from './gen/events.js';
export * from './gen/executor.js';
export * from './gen/peers.js';
export * from './gen/puller.js';
export * from './gen/record-service.js';
export * from './gen/records.js';
export * from './gen/supervisor.js';
