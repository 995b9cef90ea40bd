// @ts-check
/** Images on disk, as OCI layouts: made from one program, and read back for comparison. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { image, index } from '../../../lib/testing/fixture/content/index.ts';
import { digestOf } from '../../support/client.ts';
import { writeContents } from '../../support/layout.ts';

/**
 * Writes a layout with one image of these layers, under the tag `one`.
 * @param {string} folder
 * @param {readonly Uint8Array[]} contents what lies at `/content` in each layer
 */
export async function writeLayeredImage(folder, contents) {
  await writeContents(folder, { one: image({ layers: contents.map((content) => ({ content: { content } })) }) });
}

/**
 * Writes a layout with one image for each architecture, and a tag `one` for the first of them and `all` for an index of all.
 * @param {string} folder
 * @param {Uint8Array} program what lies at `/bin/busybox` in each image
 * @param {readonly [string, ...string[]]} architectures
 */
export async function writeLayout(folder, program, [first, ...others]) {
  const imageFor = (/** @type {string} */ architecture) =>
    image({
      platform: `linux/${architecture}`,
      config: { Cmd: ['/bin/busybox', 'sh'] },
      layers: [{ 'bin/busybox': { content: program, mode: 0o755 } }, { 'etc/architecture': architecture }],
    });
  const one = imageFor(first);
  await writeContents(folder, { one, all: index({ manifests: [one, ...others.map(imageFor)] }) });
}

/**
 * The digest of the one manifest in a layout, and those of all blobs, each computed from what is on disk.
 * @param {string} folder
 */
export async function readLayout(folder) {
  const { manifests } = JSON.parse(await readFile(join(folder, 'index.json'), 'utf8'));
  const blobs = join(folder, 'blobs', 'sha256');
  const names = (await readdir(blobs)).sort();
  for (const name of names) {
    const digest = digestOf(await readFile(join(blobs, name)));
    if (digest !== `sha256:${name}`) throw new Error(`${name} holds ${digest}`);
  }
  return { manifest: manifests[0].digest, blobs: names };
}

/**
 * The digest of what a layout has under a tag, and of all that it refers to.
 * @param {string} folder
 * @param {string} tag
 */
export async function readTagged(folder, tag) {
  const { manifests } = JSON.parse(await readFile(join(folder, 'index.json'), 'utf8'));
  const entry = manifests.find((/** @type {any} */ one) => one.annotations['org.opencontainers.image.ref.name'] === tag);
  const blobs = new Set([entry.digest.slice(7)]);
  for (const digest of blobs) {
    const text = await readFile(join(folder, 'blobs', 'sha256', digest));
    if (text[0] !== 0x7b) continue;
    const { config, layers = [], manifests: children = [] } = JSON.parse(text.toString());
    for (const child of [...layers, ...children, ...(config?.digest ? [config] : [])]) blobs.add(child.digest.slice(7));
  }
  return { manifest: entry.digest, blobs: [...blobs].sort() };
}
