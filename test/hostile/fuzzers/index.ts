import type { Fuzzer } from '../fuzzer.js';
import { criSocket } from './cri-socket.js';
import { imageConfigs, imageManifests, references } from './documents.js';
import { registry } from './registry.js';
import { spdy, webSocket } from './streams.js';
import { tar } from './tar.js';

/** Every kind of input that comes from outside: images, registries, clients of the CRI and of streams. */
export const fuzzers: readonly Fuzzer[] = [
  tar,
  references,
  imageConfigs,
  imageManifests,
  registry,
  criSocket,
  spdy,
  webSocket,
];
