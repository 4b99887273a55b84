export { criClient, type CriClient, statusName } from './client.js';
export { watchContainerEvents } from './events.js';
