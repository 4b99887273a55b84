export type { ConmonRequest } from './arguments.js';
export { attachSocketPath, removeAttachDirectory } from './attach-socket.js';
export { reopenLog, type ReopenLogRequest, resizeTerminal } from './control.js';
export { type ConmonContainer, createContainer } from './create.js';
export { type ExitsWatch, readExit, removeExit, watchExits, type ContainerExit } from './exits.js';
export { oomMarked } from './oom.js';
export { runtimeHint, runtimeMessage } from './runtime-message.js';
