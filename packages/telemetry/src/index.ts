export { type HttpOptions, type HttpServer, type Reasons, serveHttp } from './http.js';
export { createLogger, type Logger, type LogOptions } from './logger.js';
export { type CallOutcome, Metrics } from './metrics.js';
export { prettyLine } from './pretty.js';
