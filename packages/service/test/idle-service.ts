import { runService } from '../src/index.js';

// A service that connects and does nothing.
runService({ stage: 'builder', start: async () => ({ drain: async () => undefined }) });
