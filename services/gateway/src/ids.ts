import { randomBytes } from 'node:crypto';
import { type ContainerRecord, ContainerPhase, SandboxPhase, type SandboxRecord } from '@slipway/contracts';
import { SlipwayError } from '@slipway/errors';
import type { RecordTable } from '@slipway/records';
import type { Gateway } from './context.js';

/** A new sandbox or container id: 64 lower-case hex digits, as kubelets and crictl expect them. */
export function newId(): string {
  return randomBytes(32).toString('hex');
}

/** The sandbox of an id, or of a unique prefix. An object that is being created does not exist yet. */
export async function findSandbox(gateway: Gateway, id: string): Promise<SandboxRecord | undefined> {
  const found = await find(gateway.records.sandboxes, id);
  return found?.phase === SandboxPhase.SANDBOX_INTENT ? undefined : found;
}

/** The container of an id, or of a unique prefix. An object that is being created does not exist yet. */
export async function findContainer(gateway: Gateway, id: string): Promise<ContainerRecord | undefined> {
  const found = await find(gateway.records.containers, id);
  return found?.phase === ContainerPhase.CONTAINER_INTENT ? undefined : found;
}

/** @throws SlipwayError SANDBOX_NOT_FOUND */
export async function requireSandbox(gateway: Gateway, id: string): Promise<SandboxRecord> {
  const found = await findSandbox(gateway, id);
  if (!found) throw new SlipwayError('SANDBOX_NOT_FOUND', 'no such sandbox', { object: `sandbox ${id}` });
  return found;
}

/** @throws SlipwayError CONTAINER_NOT_FOUND */
export async function requireContainer(gateway: Gateway, id: string): Promise<ContainerRecord> {
  const found = await findContainer(gateway, id);
  if (!found) throw new SlipwayError('CONTAINER_NOT_FOUND', 'no such container', { object: `container ${id}` });
  return found;
}

async function find<T extends { id: string }>(table: RecordTable<T>, id: string): Promise<T | undefined> {
  if (id === '') throw new SlipwayError('INVALID_REQUEST', 'an id is missing');
  const exact = await table.get(id);
  if (exact || id.length >= 64) return exact;
  const matches = (await table.list()).filter((record) => record.id.startsWith(id));
  if (matches.length > 1) {
    throw new SlipwayError('INVALID_REQUEST', `${matches.length} ids start with ${id}`, { hint: 'give more of it' });
  }
  return matches[0];
}
