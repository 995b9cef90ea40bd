// @ts-check
/** Images on disk, as OCI layouts: made from one program, and read back for comparison. */
import { fromLayout, image, index } from '../../../lib/testing/fixture/content/index.ts';
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
 * What a layout has under a tag, or its one entry, each digest of which was computed from what is on disk: the digest of the manifest, and
 * those of all blobs.
 * @param {string} folder
 * @param {string} [ref]
 */
export async function readDigests(folder, ref) {
  const content = await fromLayout(folder, { ref });
  return { manifest: content.digest, blobs: [...new Set(digestsIn(content))].sort() };
}

/**
 * @param {import('../../../lib/testing/fixture/content/index.ts').Content} content
 * @returns {string[]}
 */
const digestsIn = ({ digest, blobs, children }) => [digest, ...blobs.map((blob) => blob.digest), ...children.flatMap(digestsIn)];
