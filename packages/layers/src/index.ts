export { chainIDs } from './chain-id.js';
export { defaultLimits, type LayerInfo, type LayerLimits, type LayerUsage } from './layer-info.js';
export { LayerStore } from './store.js';
export { Unpacker, type UnpackerOptions, type UnpackProgress, type UnpackRequest } from './unpacker.js';
