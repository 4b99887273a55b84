import { join } from 'node:path';
import { SlipwayError } from '@slipway/errors';
import { capabilitiesOf, runtimeKinds } from '@slipway/runtime-kinds';
import type { Layer } from './layers.js';
import { builtInHandlers, executorKeys, handlerKeys, nameIn } from './schema.js';

/** The longest path that a unix socket's address holds: sun_path is 108 bytes with its NUL (man 7 unix). */
const longestSocketPath = 107;

/**
 * Fills in what follows from other settings, in place: handlers' keys, the socket's
 * path, the cgroup parent, the lease directory.
 * @throws INVALID_CONFIG for settings that contradict each other
 */
export function derive(all: Layer): void {
  const text = (path: string) => String(all.get(path)?.value ?? '');
  const fill = (path: string, value: string) => {
    if (text(path) === '') all.set(path, { value, source: { kind: 'derived', name: '' } });
  };

  fill('gateway.socket', join(text('state'), 'slipway.sock'));
  fill('cgroup.parent', text('cgroup.driver') === 'systemd' ? 'slipway.slice' : '/slipway');
  fill('network.own.dataDir', join(text('root'), 'cni'));
  for (const path of ['gateway.socket', 'nri.socket']) {
    // The last of several gateways has the longest.
    const more = path === 'gateway.socket' ? Number(all.get('scale.gateway')?.value ?? 1) - 1 : 0;
    if (Buffer.byteLength(more > 0 ? `${text(path)}.${more}` : text(path)) > longestSocketPath) {
      throw new SlipwayError('INVALID_CONFIG', `${path}: ${text(path)} is longer than ${longestSocketPath} bytes`, {
        hint: 'choose a shorter state directory',
      });
    }
  }

  if ((text('streaming.tlsCert') === '') !== (text('streaming.tlsKey') === '')) {
    throw new SlipwayError('INVALID_CONFIG', 'streaming.tlsCert and streaming.tlsKey: one is there without the other');
  }
  if (text('streaming.clientCa') !== '' && text('streaming.tlsCert') === '') {
    throw new SlipwayError('INVALID_CONFIG', 'streaming.clientCa: needs streaming.tlsCert and streaming.tlsKey');
  }

  const names = new Set<string>(builtInHandlers);
  for (const path of all.keys()) {
    const handler = nameIn('runtime.handlers', path);
    if (handler !== undefined) names.add(handler);
  }
  for (const name of names) {
    const at = `runtime.handlers.${name}`;
    for (const [key, facts] of Object.entries(handlerKeys)) {
      if (!all.has(`${at}.${key}`)) {
        all.set(`${at}.${key}`, { value: facts.default, source: { kind: 'default', name: '' } });
      }
    }
    if (text(`${at}.kind`) === '') {
      if (!(runtimeKinds as readonly string[]).includes(name)) {
        throw new SlipwayError('INVALID_CONFIG', `${at}.kind: is missing: ${runtimeKinds.join(', ')}`);
      }
      fill(`${at}.kind`, name);
    }
    const kind = text(`${at}.kind`);
    const { platforms, sandboxIsContainer } = capabilitiesOf(kind);
    if (text(`${at}.platform`) !== '' && !platforms) {
      const others = runtimeKinds.filter((other) => capabilitiesOf(other).platforms).join(', ');
      throw new SlipwayError('INVALID_CONFIG', `${at}.platform: ${kind} has no platforms, ${others} has`);
    }
    if (text(`${at}.infra`) === 'never' && sandboxIsContainer) {
      throw new SlipwayError(
        'INVALID_CONFIG',
        `${at}.infra: ${kind}'s sandbox is an infra container: it cannot be never`,
      );
    }
    fill(`${at}.path`, text(`${at}.kind`));
    fill(`${at}.root`, join(text('state'), name));
  }

  for (const name of new Set([...all.keys()].map((path) => nameIn('runtime.executors', path)))) {
    if (name === undefined) continue;
    const at = `runtime.executors.${name}`;
    for (const [key, facts] of Object.entries(executorKeys)) {
      if (!all.has(`${at}.${key}`)) {
        all.set(`${at}.${key}`, { value: facts.default, source: { kind: 'default', name: '' } });
      }
    }
    if (names.has(name)) {
      throw new SlipwayError('INVALID_CONFIG', `${at}: a handler, whose own executor it names, is called so too`);
    }
    if (!names.has(text(`${at}.handler`))) {
      const known = [...names].join(', ');
      throw new SlipwayError('INVALID_CONFIG', `${at}.handler: "${text(`${at}.handler`)}" is no handler: ${known}`);
    }
  }

  const wanted = text('runtime.defaultHandler');
  if (wanted !== 'auto' && !names.has(wanted)) {
    const known = [...names].join(', ');
    throw new SlipwayError('INVALID_CONFIG', `runtime.defaultHandler: "${wanted}" is no handler: ${known}, or auto`);
  }
  if (
    wanted !== 'auto' &&
    !capabilitiesOf(text(`runtime.handlers.${wanted}.kind`)).runsContainers &&
    all.get('runtime.nullByDefault')?.value !== true
  ) {
    throw new SlipwayError(
      'INVALID_CONFIG',
      `runtime.defaultHandler: "${wanted}" is of kind null, which runs nothing`,
      {
        hint: 'name a real handler, or set runtime.nullByDefault on a node that is only for load tests',
      },
    );
  }
}
