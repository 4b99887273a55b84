export type { HandlerSettings, NetworkSettings, Settings } from './settings.js';
