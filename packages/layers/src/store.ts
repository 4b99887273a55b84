import type { LayerInfo, LayerUsage } from './layer-info.js';

/** STUB */
export class LayerStore {
  constructor(readonly root: string) {}
  has(_diffID: string): Promise<boolean> {
    throw new Error('not yet');
  }
  info(_diffID: string): Promise<LayerInfo | undefined> {
    throw new Error('not yet');
  }
  path(_diffID: string): string {
    throw new Error('not yet');
  }
  remove(_diffID: string): Promise<void> {
    throw new Error('not yet');
  }
  list(): Promise<LayerInfo[]> {
    throw new Error('not yet');
  }
  sweep(): Promise<{ removed: string[] }> {
    throw new Error('not yet');
  }
  usage(): Promise<LayerUsage> {
    throw new Error('not yet');
  }
  sync(): Promise<void> {
    throw new Error('not yet');
  }
}
