import { runService } from '@slipway/service';
import { startGateway } from './gateway.js';

runService({ stage: 'gateway', start: startGateway });
