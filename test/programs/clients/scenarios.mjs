// @ts-check
/** What skopeo is made to do, and what must hold afterwards. */
import { deepEqual, equal, notEqual, rejects } from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readDigests } from './layout.mjs';

/**
 * @typedef {object} Bench
 * @property {string} registry `docker://host:port`
 * @property {string} source a layout with the tags `one` and `all`
 * @property {string} work an empty folder
 * @property {(...words: string[]) => Promise<string>} skopeo
 *
 * @typedef {(bench: Bench) => Promise<void>} Scenario
 */

const to = '--dest-tls-verify=false';
const from = '--src-tls-verify=false';
const dockerType = 'application/vnd.docker.distribution.manifest.v2+json';

/** @type {Record<string, Scenario>} */
export const scenarios = {
  'an OCI image comes back as it went in': async ({ registry, source, work, skopeo }) => {
    await skopeo('copy', to, '--format', 'oci', `oci:${source}:one`, `${registry}/busybox:oci`);
    await skopeo('copy', from, '--format', 'oci', `${registry}/busybox:oci`, `oci:${work}:one`);
    deepEqual(await readDigests(work), await readDigests(source, 'one'));
  },

  'a Docker image comes back as it went in': async ({ registry, source, work, skopeo }) => {
    const [first, second] = [join(work, 'first'), join(work, 'second')];
    await skopeo('copy', to, '--format', 'v2s2', `oci:${source}:one`, `${registry}/busybox:docker`);
    await skopeo('copy', from, '--format', 'v2s2', `${registry}/busybox:docker`, `dir:${first}`);
    equal(JSON.parse(await readFile(join(first, 'manifest.json'), 'utf8')).mediaType, dockerType);
    await skopeo('copy', to, `dir:${first}`, `${registry}/busybox:again`);
    await skopeo('copy', from, `${registry}/busybox:again`, `dir:${second}`);
    deepEqual(await readFile(join(second, 'manifest.json')), await readFile(join(first, 'manifest.json')));
    equal(await digestOf(skopeo, `${registry}/busybox:again`), await digestOf(skopeo, `${registry}/busybox:docker`));
  },

  'a Docker image comes out as an OCI image with the layers it had': async ({ registry, source, work, skopeo }) => {
    await skopeo('copy', from, '--format', 'oci', `${registry}/busybox:docker`, `oci:${work}:one`);
    const [before, after] = [await readDigests(source, 'one'), await readDigests(work)];
    deepEqual(after.blobs.length, before.blobs.length);
    equal(after.blobs.filter((blob) => before.blobs.includes(blob)).length >= 2, true, 'both layers are there');
  },

  'an index comes back with all its images': async ({ registry, source, work, skopeo }) => {
    await skopeo('copy', to, '--all', `oci:${source}:all`, `${registry}/multi/platform:latest`);
    await skopeo('copy', from, '--all', `${registry}/multi/platform:latest`, `oci:${work}:all`);
    deepEqual(await readDigests(work), await readDigests(source, 'all'));
  },

  'an index goes in as a Docker manifest list, and comes out so': async ({ registry, source, work, skopeo }) => {
    await skopeo('copy', to, '--all', '--format', 'v2s2', `oci:${source}:all`, `${registry}/multi/platform:docker`);
    await skopeo('copy', from, '--all', `${registry}/multi/platform:docker`, `dir:${work}`);
    const list = JSON.parse(await readFile(join(work, 'manifest.json'), 'utf8'));
    equal(list.mediaType, 'application/vnd.docker.distribution.manifest.list.v2+json');
    deepEqual(
      list.manifests.map((/** @type {any} */ one) => one.mediaType),
      [dockerType, dockerType],
    );
  },

  'an image is copied from one repository to another': async ({ registry, source, work, skopeo }) => {
    await skopeo('copy', from, to, `${registry}/busybox:oci`, `${registry}/other/busybox:copy`);
    await skopeo('copy', from, `${registry}/other/busybox:copy`, `oci:${work}:one`);
    deepEqual(await readDigests(work), await readDigests(source, 'one'));
  },

  'the tags are listed': async ({ registry, skopeo }) => {
    deepEqual(await tagsOf(skopeo, `${registry}/busybox`), ['again', 'docker', 'oci']);
    deepEqual(await tagsOf(skopeo, `${registry}/multi/platform`), ['docker', 'latest']);
  },

  'the digest of a tag is that of what went in': async ({ registry, source, skopeo }) => {
    equal(await digestOf(skopeo, `${registry}/busybox:oci`), (await readDigests(source, 'one')).manifest);
    equal(await digestOf(skopeo, `${registry}/multi/platform:latest`), (await readDigests(source, 'all')).manifest);
    notEqual(await digestOf(skopeo, `${registry}/busybox:docker`), await digestOf(skopeo, `${registry}/busybox:oci`));
  },

  'an image is deleted, and the others stay': async ({ registry, source, work, skopeo }) => {
    await skopeo('delete', '--tls-verify=false', `${registry}/busybox:oci`);
    deepEqual(await tagsOf(skopeo, `${registry}/busybox`), ['again', 'docker']);
    await rejects(digestOf(skopeo, `${registry}/busybox:oci`), /manifest unknown/i);
    await skopeo('copy', from, `${registry}/other/busybox:copy`, `oci:${work}:one`);
    deepEqual(await readDigests(work), await readDigests(source, 'one'));
  },
};

/**
 * The digest of the manifest that the registry gives, computed here.
 * @param {Bench['skopeo']} skopeo
 * @param {string} image
 */
async function digestOf(skopeo, image) {
  const manifest = await skopeo('inspect', '--tls-verify=false', '--raw', image);
  return `sha256:${createHash('sha256').update(manifest).digest('hex')}`;
}

/**
 * @param {Bench['skopeo']} skopeo
 * @param {string} repository
 * @returns {Promise<string[]>}
 */
async function tagsOf(skopeo, repository) {
  return JSON.parse(await skopeo('list-tags', '--tls-verify=false', repository)).Tags;
}
