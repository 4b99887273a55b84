export { openPuller, type Puller, type PullerOptions } from './puller.js';
export { startPuller } from './service.js';
