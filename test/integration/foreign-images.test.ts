import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Buildah, noBuildah } from '../compare/buildah.js';
import { Docker, noDocker } from '../compare/docker.js';
import { writeContext } from '../compare/source-image.js';
import { slipwayTree, umociTree } from '../compare/unpacked.js';
import { cannotRun, type Lab, openLab, suiteMs } from '../support/lab.js';

const program = fileURLToPath(new URL('../../../packages/cli/bin/slipway', import.meta.url));

/** Images that other tools build, push and save, with all that layers can hold. */
describe('images that others built', { skip: cannotRun || noDocker || noBuildah, timeout: suiteMs }, () => {
  let lab: Lab;
  let directory: string;
  let file: string;
  before(async () => {
    lab = await openLab({ handlers: ['crun'] });
    directory = mkdtempSync(join(tmpdir(), 'sw-foreign-'));
    file = writeContext(directory);
  });
  after(async () => {
    rmSync(directory, { recursive: true });
    await lab.close();
  });

  const load = (archive: string): string => {
    const config = join(lab.node.place.directory, 'config.toml');
    const out = execFileSync(program, ['image', 'load', '-i', archive, '--json', '--config', config], {
      encoding: 'utf8',
    });
    return (JSON.parse(out) as { id: string }[])[0]?.id ?? '';
  };
  /** Compares what is on the node with umoci's tree, then takes the image away, so that the next way brings all anew. */
  const same = async (id: string, expected: string[], what: string): Promise<void> => {
    const ours = await slipwayTree(lab.cri, lab.node.root, id, join(directory, what));
    assert.ok(ours.length > 45, `${ours.length} files`);
    assert.deepEqual(ours, expected, what);
    await lab.cri.removeImage({ image: { image: id } });
  };

  test('Docker: pushed and saved, the id is one and the tree is that of umoci', async (t) => {
    const docker = await Docker.start(directory);
    t.after(() => docker.stop());
    const tag = `${lab.registry.host}/foreign/docker:v1`;
    const id = docker.build(file, tag);
    docker.run('push', '-q', tag);
    const archive = join(directory, 'docker.tar');
    docker.run('save', '-o', archive, tag);
    const expected = umociTree(`docker://${tag}`, join(directory, 'umoci-docker'));

    assert.equal((await lab.cri.pullImage({ image: { image: tag } })).imageRef, id);
    await same(id, expected, 'pulled');
    assert.equal(load(archive), id);
    await same(id, expected, 'saved');
  });

  test('buildah: pushed, and as OCI and Docker archives', async () => {
    const buildah = new Buildah(directory);
    buildah.build(file, 'foreign:v1');
    const tag = `${lab.registry.host}/foreign/buildah:v1`;
    buildah.push('foreign:v1', `docker://${tag}`);
    const archives = ['oci-archive', 'docker-archive'].map((format) => {
      const path = join(directory, `${format}.tar`);
      buildah.push('foreign:v1', `${format}:${path}:foreign:v1`);
      return path;
    });
    const expected = umociTree(`docker://${tag}`, join(directory, 'umoci-buildah'));
    const { imageRef } = await lab.cri.pullImage({ image: { image: tag } });
    await same(imageRef, expected, 'buildah-pulled');
    for (const archive of archives) await same(load(archive), expected, archive.replace(/^.*\//, 'loaded-'));
  });
});
