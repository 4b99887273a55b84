import type { ServiceDefinition } from './service-definition.js';

/** The stage's name: `slipway.v1.Puller` is served by `puller`. */
export function stageName(service: ServiceDefinition): string {
  const name = service.name.slice(service.name.lastIndexOf('.') + 1);
  return name.toLowerCase();
}

/**
 * `slipway.<node>.<stage>[.<handler>]`: the prefix of a stage's methods. The node
 * is always in it, else a queue group would hand one node's work to another.
 */
export function stageSubject(node: string, stage: string, handler?: string): string {
  return handler ? `slipway.${node}.${stage}.${handler}` : `slipway.${node}.${stage}`;
}

/** Where callers say that nobody waits for a call any more; every instance listens. */
export function cancelSubject(node: string, stage: string, handler?: string): string {
  return handler ? `slipway.${node}.cancel.${stage}.${handler}` : `slipway.${node}.cancel.${stage}`;
}

/** Where events of a kind are published: sandbox, container, stage, span or pull. */
export function eventSubject(node: string, kind: string): string {
  return `slipway.${node}.events.${kind}`;
}
