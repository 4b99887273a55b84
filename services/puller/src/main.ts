import { runService } from '@slipway/service';
import { startPuller } from './service.js';

runService({ stage: 'puller', start: startPuller });
