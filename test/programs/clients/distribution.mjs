// @ts-check
/**
 * Trees that a real distribution registry wrote: skopeo pushes into it, and pulls the same digests from the tree as it lies, and from a root
 * of the fs driver that the tree was moved into.
 */
import { deepEqual, equal, rejects } from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { lstat, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { adoptDistributionTree, distributionDriver } from 'stowage/drivers/distribution';
import { fsDriver } from 'stowage/drivers/fs';
import { startRegistry } from 'stowage/testing';
import { artifact, image, randomImage } from '../../../lib/testing/fixture/content/index.ts';
import { writeContents } from '../../support/layout.ts';
import { startAnotherRegistry } from '../coverage/another-registry.mjs';
import { readDigests } from './layout.mjs';

/**
 * @typedef {object} Tried
 * @property {string} folder an empty folder
 * @property {string} source a layout with the tags `one` and `all`
 * @property {(...words: string[]) => Promise<string>} skopeo
 * @property {(title: string, check: () => unknown) => Promise<void>} attempt
 */

const to = '--dest-tls-verify=false';
const from = '--src-tls-verify=false';

/**
 * Has a tree written, and tries it.
 * @param {Tried} tried
 */
export async function tryDistribution({ folder, source, skopeo, attempt }) {
  const [old, root] = [join(folder, 'old'), join(folder, 'adopted')];
  await mkdir(old, { recursive: true });
  const written = await writeTree({ folder, old, source, skopeo });
  const before = await listed(old);

  const served = await startRegistry({ driver: distributionDriver({ root: old }) });
  await pullAll('distribution, as it lies', served);
  await attempt('distribution, as it lies: a push is refused', () =>
    rejects(skopeo('copy', to, `oci:${source}:one`, `docker://${served.host}/team/app:new`)),
  );
  await served.close();
  await attempt('distribution: nothing was changed in the tree', async () => deepEqual(await listed(old), before));

  const report = await adoptDistributionTree({ from: old, to: { root } });
  await attempt('distribution: all of it is moved, and no byte is copied', () => {
    const { repositories, copied, copiedBytes, tags, problems } = report;
    deepEqual(
      { repositories, copied, copiedBytes, tags, problems },
      { repositories: 4, copied: 0, copiedBytes: 0, tags: 6, problems: [] },
    );
  });
  const adopted = await startRegistry({ driver: fsDriver({ root }) });
  await pullAll('distribution, moved', adopted);
  await attempt('distribution, moved: what was moved can be pushed again, and mounted', async () => {
    await skopeo('copy', from, to, `docker://${adopted.host}/team/app:oci`, `docker://${adopted.host}/other:copy`);
    equal(await digestOf(skopeo, adopted.host, 'other:copy'), written['team/app:oci']);
  });
  await adopted.close();

  /**
   * @param {string} what
   * @param {import('stowage/testing').TestRegistry} registry
   */
  async function pullAll(what, { host, url, logged }) {
    for (const [image, digest] of Object.entries(written)) {
      await attempt(`${what}: ${image} has the digest that it had`, async () =>
        equal(await digestOf(skopeo, host, image), digest),
      );
    }
    await attempt(`${what}: an image comes out with the bytes that went in`, async () => {
      const work = join(folder, `out-${host.replace(/\W/g, '-')}`);
      await skopeo('copy', from, '--all', `docker://${host}/team/app/all:latest`, `oci:${work}:all`);
      deepEqual(await readDigests(work), await readDigests(source, 'all'));
    });
    await attempt(`${what}: the tags and the repositories are listed`, async () => {
      deepEqual(JSON.parse(await skopeo('list-tags', '--tls-verify=false', `docker://${host}/team/app`)).Tags, ['docker', 'oci']);
      const { repositories } = /** @type {any} */ (await (await fetch(`${url}/v2/_catalog`)).json());
      deepEqual(repositories, ['copy/app', 'subjects', 'team/app', 'team/app/all']);
    });
    await attempt(`${what}: what refers to a manifest is listed`, async () => {
      const reply = await fetch(`${url}/v2/subjects/referrers/${written['subjects:latest']}`);
      const { manifests } = /** @type {any} */ (await reply.json());
      deepEqual(
        manifests.map((/** @type {any} */ each) => each.artifactType),
        ['application/spdx+json'],
      );
    });
    await attempt(`${what}: a manifest that was deleted is gone`, () => rejects(digestOf(skopeo, host, 'team/app:gone')));
    await attempt(`${what}: the server complains of nothing`, () => deepEqual(logged, []));
  }
}

/**
 * Has a real registry write a tree; the digest of each image that is in it.
 * @param {Omit<Tried, 'attempt'> & { readonly old: string }} tried
 * @returns {Promise<Record<string, string>>}
 */
async function writeTree({ folder, old, source, skopeo }) {
  const { url, end } = await startAnotherRegistry(old);
  const { host } = new URL(url);
  const more = join(folder, 'more');
  const subject = image({ layers: [{ 'etc/motd': 'hello' }] });
  const sbom = artifact({ type: 'application/spdx+json', files: { 'sbom.json': '{}' }, subject });
  await writeContents(more, { subject, sbom, gone: randomImage() });
  const copy = (/** @type {string} */ what, /** @type {string} */ name, /** @type {string[]} */ ...flags) =>
    skopeo('copy', to, ...flags, `oci:${what}`, `docker://${host}/${name}`);
  await copy(`${source}:one`, 'team/app:oci', '--format', 'oci');
  await copy(`${source}:one`, 'team/app:docker', '--format', 'v2s2');
  await copy(`${source}:all`, 'team/app/all:latest', '--all');
  await copy(`${source}:one`, 'copy/app:one', '--format', 'oci');
  await copy(`${more}:subject`, 'subjects:latest');
  await copy(`${more}:sbom`, 'subjects:sbom');
  await copy(`${more}:gone`, 'team/app:gone');
  await skopeo('delete', '--tls-verify=false', `docker://${host}/team/app:gone`);
  // Begun, and never finished.
  await fetch(`${url}/v2/team/app/blobs/uploads/`, { method: 'POST' });
  const names = ['team/app:oci', 'team/app:docker', 'team/app/all:latest', 'copy/app:one', 'subjects:latest', 'subjects:sbom'];
  const digests = await Promise.all(names.map(async (name) => [name, await digestOf(skopeo, host, name)]));
  await end();
  return Object.fromEntries(digests);
}

/**
 * The digest of the manifest that a registry gives, computed here.
 * @param {Tried['skopeo']} skopeo
 * @param {string} host
 * @param {string} name
 */
async function digestOf(skopeo, host, name) {
  const manifest = await skopeo('inspect', '--tls-verify=false', '--raw', `docker://${host}/${name}`);
  return `sha256:${createHash('sha256').update(manifest).digest('hex')}`;
}

/**
 * All that is in a folder, with its times, sizes and modes.
 * @param {string} folder
 */
async function listed(folder) {
  const names = (await readdir(folder, { recursive: true })).sort();
  const look = async (/** @type {string} */ name) => {
    const { mtimeMs, size, mode, ino } = await lstat(join(folder, name));
    return [name, mtimeMs, size, mode, ino];
  };
  return Promise.all(names.map(look));
}
