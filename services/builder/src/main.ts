import { runService } from '@slipway/service';
import { serveBuilder } from './serve.js';

runService({ stage: 'builder', start: serveBuilder });
