import { readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HandlerInfo, Puller } from '@slipway/contracts';
import { SlipwayError } from '@slipway/errors';
import { stageClient } from '@slipway/stage';
import type { Node } from '@slipway/node-client';
import { callMs, StagePods } from '@slipway/node-client';
import { benchOrigin, isDirectoryOfDeadBench, isImageOfDeadBench, isOfDeadBench } from './bench-origin.js';

/**
 * Removes what load tests of stages left that were killed: containers, sandboxes, images, directories.
 * @throws SlipwayError INTERNAL that names what could not be removed
 */
export async function removeDeadBenches({ bus, records }: Node): Promise<void> {
  const containers = (await records.containers.list()).filter(isOfDeadBench);
  const sandboxes = (await records.sandboxes.list()).filter(isOfDeadBench);
  const failures: string[] = [];
  for (const name of new Set([...containers, ...sandboxes].map(({ handler }) => handler))) {
    const pods = new StagePods(bus, records, HandlerInfo.create({ name }), benchOrigin);
    const ids = (all: readonly { id: string; handler: string }[]): string[] =>
      all.filter(({ handler }) => handler === name).map(({ id }) => id);
    pods.adopt(ids(sandboxes), ids(containers));
    failures.push(...(await pods.clear()));
  }
  const puller = stageClient(bus, Puller);
  for (const { id } of (await records.images.list()).filter(isImageOfDeadBench)) {
    await puller.removeImage({ id }, { timeoutMs: callMs });
  }
  for (const name of readdirSync(tmpdir()).filter(isDirectoryOfDeadBench)) {
    rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
  if (failures.length === 0) return;
  throw new SlipwayError('INTERNAL', `what a killed load test left cannot be removed: ${failures.join('; ')}`, {
    hint: `crictl lists its pods: they have the label ${Object.keys(benchOrigin.labels ?? {}).join()}`,
  });
}
