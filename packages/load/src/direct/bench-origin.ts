import { existsSync } from 'node:fs';
import type { PodOrigin } from '@slipway/node-client';

const namespace = 'slipway-bench';
/** Its value is the pid of the load test, as on pods that go through a socket. */
const label = 'slipway.dev/bench';

/** Marks what a load test makes through the stages. */
export const benchOrigin: PodOrigin = { prefix: 'bench', namespace, labels: { [label]: String(process.pid) } };

/** The repository of images that this load test pulls: layers, and kibibytes of each. */
export function benchRepository(layers: number, kilobytes: number): string {
  return `${namespace}/${process.pid}/${layers}x${kilobytes}`;
}

/** Whether a load test that is not alive any more made it through the stages. */
export function isOfDeadBench(record: { operation: string; config?: { labels: Record<string, string> } }): boolean {
  return record.operation.startsWith(`${benchOrigin.prefix}/`) && isDead(record.config?.labels[label]);
}

/** The same of an image, by its tags. */
export function isImageOfDeadBench({ repoTags }: { repoTags: readonly string[] }): boolean {
  return repoTags.some((tag) => isDead(new RegExp(`/${namespace}/(\\d+)/`).exec(tag)?.[1]));
}

/** The same of a name in the directory for temporary files. */
export function isDirectoryOfDeadBench(name: string): boolean {
  return isDead(new RegExp(`^${namespace}-(\\d+)-`).exec(name)?.[1]);
}

function isDead(pid: string | undefined): boolean {
  return pid !== undefined && !existsSync(`/proc/${pid}`);
}
