import assert from 'node:assert/strict';
import { copyFileSync, cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { progress } from './progress.js';
import { removePods } from './scenario-pods.js';
import type { Driver, Handler, SlipwayNode } from './slipway-node.js';

/** By `--critest PATH` and `--critest-images DIR` of scripts/test-node.mjs. */
const binary = process.env['SLIPWAY_LANE_CRITEST'];
const images = process.env['SLIPWAY_LANE_CRITEST_IMAGES'];

/** The option that critest lacks to be run here, as a reason to skip it; false where it can be run. */
export const critestSkip =
  (binary === undefined && 'no critest was given: scripts/test-node.mjs --critest PATH --critest-images DIR') ||
  (images === undefined && 'no images for critest were given: scripts/test-node.mjs --critest-images DIR');

/** The registries that critest names images of. The guest reaches none and takes all images from its loopback. */
const registries = ['registry.k8s.io', 'k8s.gcr.io', 'gcr.io', 'us-central1-docker.pkg.dev', 'public.ecr.aws'];
const address = '127.0.0.1:5001';
const registryConfig = `version: 0.1
log: {level: warn, accesslog: {disabled: true}}
storage: {filesystem: {rootdirectory: /host/critest-images}}
http: {addr: '${address}'}
`;
const hosts = `server = "http://${address}"
[host."http://${address}"]
  capabilities = ["pull", "resolve"]
`;

/**
 * A spec that pulls an image by its digest, which critest 1.30 to 1.36 has as a constant: only the image of its makers
 * has that. It is run where the given storage holds that image.
 */
const digestSpec = 'public image with digest';
const digest = '9700f9a2f5bf2c45f2f605a0bd3bce7cf37420ec9d3ed50ac2758413308766bf';

/** All specs take a quarter of an hour on an idle machine. */
const critestMs = 3_600_000;

/** critest, the conformance tests of the CRI, run in the guest by an administrator: all its specs, or those of `focus`. */
export function critestScenarios(
  node: () => SlipwayNode,
  driver: Driver,
  handlers: readonly Handler[],
  focus = '',
): void {
  describe(`critest${focus && ` (${focus})`} with the ${driver} driver`, { skip: critestSkip }, () => {
    before(async () => {
      await node().startWith(driver);
      await install(node(), binary ?? '', images ?? '');
    });
    after(async () => {
      await removePods(node());
      await node().guest.run('systemctl stop critest-registry');
    });

    for (const handler of handlers) {
      test(`every spec passes on ${handler}`, async () => {
        const { guest } = node();
        const endpoint = 'unix:///run/slipway/slipway.sock';
        const options = [
          `--runtime-endpoint ${endpoint} --image-endpoint ${endpoint} --runtime-handler ${handler}`,
          '--ginkgo.no-color --ginkgo.v',
          focus && `--ginkgo.focus '${focus}'`,
          !hasDigest(images ?? '') && `--ginkgo.skip '${digestSpec}'`,
        ].filter(Boolean);
        const log = guest.console.replace(/\.console$/, `-critest-${driver}-${handler}.log`);
        progress(`critest runs on ${handler}; then its output is in ${log}`);
        const { code } = await guest.tried(`critest ${options.join(' ')} > /host/critest.out 2>&1`, critestMs);
        copyFileSync(join(guest.share, 'critest.out'), log);
        const lines = readFileSync(log, 'utf8').split('\n');
        progress(lines.findLast((line) => /\d+ Passed/.test(line)) ?? 'critest printed no result');
        assert.equal(code, 0, lines.slice(-60).join('\n'));
      });
    }
  });
}

function hasDigest(storage: string): boolean {
  return existsSync(join(storage, 'docker/registry/v2/blobs/sha256', digest.slice(0, 2), digest));
}

async function install({ guest }: SlipwayNode, critest: string, storage: string): Promise<void> {
  copyFileSync(critest, join(guest.share, 'critest'));
  const copy = join(guest.share, 'critest-images');
  if (!existsSync(copy)) cpSync(storage, copy, { recursive: true });
  writeFileSync(join(guest.share, 'critest-registry.yml'), registryConfig);
  for (const registry of registries) await guest.write(`/etc/slipway/certs.d/${registry}/hosts.toml`, hosts);
  // critest loads its AppArmor profiles by sudo, which a node that only root uses does not have.
  await guest.run(
    `set -e
     install -m 755 /host/critest /usr/local/bin/critest
     command -v sudo > /dev/null || { printf '#!/bin/sh\\nexec "$@"\\n' > /usr/local/bin/sudo; chmod 755 /usr/local/bin/sudo; }
     systemd-run --quiet --unit=critest-registry docker-registry serve /host/critest-registry.yml
     for try in $(seq 100); do (echo > /dev/tcp/${address.replace(':', '/')}) 2>&- && exit; sleep 0.3; done; exit 1`,
    300_000,
  );
  rmSync(join(guest.share, 'critest'));
}
