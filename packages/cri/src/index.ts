export * from './gen/api.js';
export { type CriVersion, criVersions } from './versions.js';
