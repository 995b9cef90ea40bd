// @ts-check
/** Images on disk, as OCI layouts: made from one program, and read back for comparison. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { digestOf } from '../../support/client.ts';

const types = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
};

/** @typedef {{ mediaType: string, digest: string, size: number, [name: string]: unknown }} Descriptor */

/**
 * Writes a layout with one image of these layers, under the tag `one`.
 * @param {string} folder
 * @param {readonly Uint8Array[]} contents what lies at `/content` in each layer
 */
export async function writeLayeredImage(folder, contents) {
  const blobs = join(folder, 'blobs', 'sha256');
  await mkdir(blobs, { recursive: true });
  const archives = contents.map((content) => archive([{ path: 'content', mode: 0o644, content }]));
  await writeIndex(folder, [named(await writeImage(blobs, archives, 'amd64'), 'one')]);
}

/**
 * Writes a layout with one image for each architecture, and a tag `one` for the first of them and `all` for an index of all.
 * @param {string} folder
 * @param {Uint8Array} program what lies at `/bin/busybox` in each image
 * @param {readonly string[]} architectures
 */
export async function writeLayout(folder, program, architectures) {
  const blobs = join(folder, 'blobs', 'sha256');
  await mkdir(blobs, { recursive: true });
  /** @type {Descriptor[]} */
  const images = [];
  for (const architecture of architectures) {
    const archives = [
      archive([{ path: 'bin/busybox', mode: 0o755, content: program }]),
      archive([{ path: 'etc/architecture', mode: 0o644, content: Buffer.from(architecture) }]),
    ];
    const image = await writeImage(blobs, archives, architecture);
    images.push({ ...image, platform: { architecture, os: 'linux' } });
  }
  const index = await writeJson(blobs, types.index, { schemaVersion: 2, mediaType: types.index, manifests: images });
  await writeIndex(folder, [named(/** @type {Descriptor} */ (images[0]), 'one'), named(index, 'all')]);
}

/**
 * @param {string} folder
 * @param {readonly Descriptor[]} manifests
 */
async function writeIndex(folder, manifests) {
  await writeFile(join(folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }));
  await writeFile(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
}

/**
 * @param {Descriptor} descriptor
 * @param {string} tag
 */
function named(descriptor, tag) {
  return { ...descriptor, annotations: { 'org.opencontainers.image.ref.name': tag } };
}

/**
 * @param {string} blobs
 * @param {readonly Uint8Array[]} archives
 * @param {string} architecture
 */
async function writeImage(blobs, archives, architecture) {
  const layers = await Promise.all(archives.map((bytes) => writeBlob(blobs, types.layer, gzipSync(bytes))));
  const config = await writeJson(blobs, types.config, {
    architecture,
    os: 'linux',
    config: { Cmd: ['/bin/busybox', 'sh'] },
    rootfs: { type: 'layers', diff_ids: archives.map((bytes) => digestOf(bytes)) },
    history: archives.map(() => ({ created_by: 'test' })),
  });
  return writeJson(blobs, types.manifest, { schemaVersion: 2, mediaType: types.manifest, config, layers });
}

/**
 * @param {string} blobs
 * @param {string} mediaType
 * @param {object} value
 */
const writeJson = (blobs, mediaType, value) => writeBlob(blobs, mediaType, Buffer.from(JSON.stringify(value)));

/**
 * @param {string} blobs
 * @param {string} mediaType
 * @param {Uint8Array} bytes
 * @returns {Promise<Descriptor>}
 */
async function writeBlob(blobs, mediaType, bytes) {
  const digest = digestOf(bytes);
  await writeFile(join(blobs, digest.slice('sha256:'.length)), bytes);
  return { mediaType, digest, size: bytes.length };
}

/**
 * A tar archive of regular files.
 * @param {readonly { path: string, mode: number, content: Uint8Array }[]} files
 */
function archive(files) {
  const parts = files.flatMap(({ path, mode, content }) => [
    header(path, mode, content.length),
    content,
    Buffer.alloc((512 - (content.length % 512)) % 512),
  ]);
  return Buffer.concat([...parts, Buffer.alloc(1024)]);
}

/**
 * @param {string} path
 * @param {number} mode
 * @param {number} size
 */
function header(path, mode, size) {
  const block = Buffer.alloc(512);
  const octal = (/** @type {number} */ value, /** @type {number} */ digits) => `${value.toString(8).padStart(digits, '0')}\0`;
  /** @type {[number, string][]} */
  const fields = [
    [0, path],
    [100, octal(mode, 7)],
    [108, octal(0, 7)],
    [116, octal(0, 7)],
    [124, octal(size, 11)],
    [136, octal(0, 11)],
    [148, ' '.repeat(8)],
    [156, '0'],
    [257, 'ustar\0'],
    [263, '00'],
  ];
  for (const [offset, text] of fields) block.write(text, offset);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
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
