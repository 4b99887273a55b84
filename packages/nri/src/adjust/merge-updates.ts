import type { Init } from '@slipway/protobuf';
import type { ContainerUpdate, LinuxResources } from '../gen/api.js';
import { Claims } from './claims.js';
import { mergeResources } from './merge-resources.js';

/** The changes of existing containers that plugins ask for, by container. */
export class Updates {
  readonly #wanted = new Map<string, { resources: Init<LinuxResources>; ignoreFailure: boolean }>();

  constructor(readonly claims: Claims = new Claims()) {}

  /** Takes in one more plugin's. @throws SlipwayError NRI_CONFLICT, UNSUPPORTED where the update must not fail */
  merge(updates: readonly ContainerUpdate[], plugin: string, view: Init<LinuxResources> = {}): void {
    for (const { containerId, linux, ignoreFailure } of updates) {
      const before = this.#wanted.get(containerId);
      const adjust = structuredClone(before?.resources ?? {});
      try {
        mergeResources(containerId, linux?.resources, { adjust, view }, this.claims, plugin);
      } catch (error) {
        if (!ignoreFailure) throw error;
        continue;
      }
      const ignore = ignoreFailure && (before?.ignoreFailure ?? true);
      this.#wanted.set(containerId, { resources: adjust, ignoreFailure: ignore });
    }
  }

  /** Takes the changes of a container out of `all`. */
  take(containerId: string): Init<LinuxResources> | undefined {
    const wanted = this.#wanted.get(containerId);
    this.#wanted.delete(containerId);
    return wanted?.resources;
  }

  all(): Init<ContainerUpdate>[] {
    return [...this.#wanted].map(([containerId, { resources, ignoreFailure }]) => ({
      containerId,
      linux: { resources },
      ignoreFailure,
    }));
  }
}
