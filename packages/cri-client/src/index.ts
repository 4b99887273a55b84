export { criClient, type CriClient, statusName } from './client.js';
