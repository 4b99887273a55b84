import { runService } from '@slipway/service';
import { serveNullExecutor } from './serve.js';

// It has the key of an executor: to all others it is one.
runService({ stage: 'executor', start: serveNullExecutor });
