/** Content goes from each form of a place to each other one, and comes back as it was. */
import { describe, expect, it } from 'vitest';
import { artifact, type Content, image, index, randomImage } from '../../../lib/testing/fixture/index.ts';
import { copy } from '../../../lib/transfer/index.ts';
import { contentsOf, forms, layoutWith } from '../../support/transfer/places.ts';

const names = Object.keys(forms) as (keyof typeof forms)[];
const isPlain = (name: string): boolean => !/passwords|tokens/.test(name);
/** All pairs; those who log in do so from a storage and to one. */
const pairs = names
  .flatMap((from) => names.map((to) => ({ from, to })))
  .filter(({ from, to }) => (isPlain(from) && isPlain(to)) || from === 'storage' || to === 'storage');

/** Images that differ in layers, sizes, compression and format. */
const images = Object.fromEntries(
  [0, 1, 2, 3, 4, 5].map((place) => [
    `v${place}`,
    randomImage({
      seed: place,
      layers: 1 + (place % 3),
      size: 10 ** place,
      compression: (['gzip', 'none', 'zstd'] as const)[place % 3],
      format: place % 2 ? 'docker' : 'oci',
    }),
  ]),
);
const sizeOf = (contents: readonly Content[]): number =>
  contents.flatMap(({ manifest, blobs }) => [manifest, ...blobs]).reduce((sum, { size }) => sum + size, 0);
const digests = (contents: object) =>
  new Map(Object.entries(contents).map(([tag, { digest }]: [string, { digest: string }]) => [tag, digest]));

describe('images', () => {
  it.each(pairs)('go from $from to $to, and back', async ({ from, to }) => {
    const [source, destination] = [await forms[from](), await forms[to]()];
    await copy(await layoutWith(images), source, { allTags: true });
    const report = await copy(source, destination, { allTags: true });
    expect(report).toMatchObject({ manifests: 6, blobs: 18, present: { manifests: 0, blobs: 0 }, foreign: 0 });
    expect(report.bytes).toBe(sizeOf(Object.values(images)));
    expect(await contentsOf(destination)).toEqual(digests(images));
    const back = await forms[from]();
    await copy(destination, back, { allTags: true });
    expect(await contentsOf(back)).toEqual(digests(images));
  });
});

describe('indexes and what refers to them', () => {
  const child = image({ platform: 'linux/arm64' });
  const root = index({ manifests: [image(), child, index({ manifests: [image({ platform: 'linux/s390x' })] })] });
  const signature = artifact({ type: 'application/vnd.example.signature', files: { a: 'one' }, subject: root });
  const list = artifact({ type: 'application/spdx+json', files: { b: 'two' }, subject: child });
  const signed = artifact({ type: 'application/vnd.example.signature', files: { c: 'three' }, subject: list });
  const others = pairs.filter(({ from, to }) => !`${from}${to}`.includes('docker save'));

  it.each(others)('go from $from to $to, and back', async ({ from, to }) => {
    const [source, destination] = [await forms[from](), await forms[to]()];
    await copy(await layoutWith({ root, signature, list, signed }), source, { references: ['root'], referrers: true });
    const back = await forms[from]();
    for (const [one, other] of [
      [source, destination],
      [destination, back],
    ] as const) {
      const report = await copy(one, other, { references: ['root'], referrers: true });
      expect(report.references).toEqual([{ reference: 'root', tag: 'root', digest: root.digest }]);
      // Three images of one layer, two indexes and three artifacts, which share the empty configuration.
      expect(report).toMatchObject({ manifests: 8, blobs: 8 });
    }
  });
});
