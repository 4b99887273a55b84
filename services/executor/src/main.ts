import { runService } from '@slipway/service';
import { serveExecutor } from './serve.js';

runService({ stage: 'executor', start: serveExecutor });
