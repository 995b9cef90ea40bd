/** Files of a registry that were damaged, each in one of some ways: a verification finds all of them, and nothing else. */
import assert from 'node:assert/strict';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type FsDriver, fsDriver } from '../../drivers/fs.ts';
import { contentKey, manifestKey, referrerKey } from '../../drivers/tree/layout.ts';
import type { Digest } from '../../lib/driver.ts';
import { assertSameBytes, pullBlob, pushBlob, readName, readTag, sample } from '../../lib/testing/suite/samples.ts';
import { type Finding, type VerifyOptions, verify } from '../../lib/upkeep/index.ts';
import { drawFrom } from '../support/random.ts';
import { descriptorOf, imagesOn, type Pushed } from '../support/upkeep-images.ts';

const repo = readName('team/app');
const copy = readName('team/copy');
/** How many of each kind are damaged. */
const many = 100;

interface Image extends Pushed {
  readonly layer: Digest;
  readonly tag: string;
  readonly signature: Pushed;
}

let folder: string;
let images: Image[];
let layers: Uint8Array[];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'stowage-'));
  const driver = fsDriver({ root: join(folder, 'whole'), durability: 'none' });
  const registry = imagesOn(driver);
  const random = drawFrom('damage');
  layers = Array.from({ length: many * 1.5 }, (_, index) =>
    sample(random.between(1, index % 10 === 0 ? 200_000 : 3_000), `${index}`),
  );
  images = [];
  for (const [index, layer] of layers.entries()) {
    const tag = `v${index}`;
    const { document, ...image } = await registry.push(repo, layer, tag);
    const signature = await registry.pushManifest(repo, { ...document, subject: descriptorOf(image), annotations: { tag } });
    images.push({ ...image, layer: document.layers[0].digest, tag, signature });
  }
  await registry.pushManifest(repo, { manifests: images.slice(0, many / 2).map(descriptorOf) }, { tag: 'index' });
  await registry.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let root: string;
let driver: FsDriver;
afterEach(async () => {
  await driver.close();
  rmSync(root, { recursive: true, force: true });
});

function openCopy(): void {
  root = mkdtempSync(join(folder, 'copy-'));
  cpSync(join(folder, 'whole'), root, { recursive: true });
  driver = fsDriver({ root, durability: 'none' });
}

async function findings(options?: VerifyOptions): Promise<Finding[]> {
  const all: Finding[] = [];
  for await (const finding of verify(driver, options)) all.push(finding);
  return all;
}

/** What a finding is about, in a line. */
const about = (finding: Finding): string =>
  `${finding.kind} ${'tag' in finding ? finding.tag : 'digest' in finding ? finding.digest : ''}`;

const at = (key: string): string => join(root, key);

/** What is done to a file. */
const damages: Readonly<Record<string, (path: string, random: ReturnType<typeof drawFrom>) => void>> = {
  'a flipped bit': (path, random) => {
    const bytes = readFileSync(path);
    const place = random.between(0, bytes.length - 1);
    bytes[place] = (bytes[place] ?? 0) ^ (1 << random.between(0, 7));
    writeFileSync(path, bytes);
  },
  'a lost end': (path, random) => truncateSync(path, random.between(0, statSync(path).size - 1)),
  'nothing left': (path) => truncateSync(path, 0),
  'a file that is gone': (path) => rmSync(path),
};

/** What is damaged, by its file, and what is found then. Of the manifest of an image that is gone, only its tag tells. */
function targets(isGone: boolean): { readonly key: string; readonly found: string }[] {
  const [first, last] = [images.slice(0, many), images.slice(many)];
  return [
    ...first.map(({ layer }) => ({ key: contentKey(layer), found: `blob ${layer}` })),
    ...first.map(({ digest, signature }) => ({
      key: referrerKey(repo, digest, signature.digest),
      found: `referrer ${signature.digest}`,
    })),
    ...first.slice(many / 2).map(({ digest, tag }) => ({
      key: manifestKey(repo, digest),
      found: isGone ? `tag ${tag}` : `manifest ${digest}`,
    })),
    ...last.map(({ digest, signature, tag }) => ({
      key: manifestKey(repo, isGone ? digest : signature.digest),
      found: isGone ? `tag ${tag}` : `manifest ${signature.digest}`,
    })),
  ];
}

it.each(Object.entries(damages))(
  '%s in each of a hundred blobs, manifests and entries is found, and nothing else',
  async (how, damage) => {
    openCopy();
    const random = drawFrom('damage', how);
    const damaged = targets(how === 'a file that is gone');
    for (const { key } of damaged) damage(at(key), random);
    expect((await findings()).map(about).sort()).toEqual(damaged.map(({ found }) => found).sort());
    expect(damaged).toHaveLength(3 * many);
  },
);

describe('what is withdrawn', () => {
  const whole = (): Image => images[0] ?? assert.fail();
  /** The files that were withdrawn. */
  const quarantined = (): string[] =>
    existsSync(at('quarantine'))
      ? readdirSync(at('quarantine'), { recursive: true, withFileTypes: true }).flatMap((entry) =>
          entry.isFile() ? [entry.name] : [],
        )
      : [];

  it('is a blob in all repositories that hold it, until it is pushed to one of them', async () => {
    openCopy();
    const { layer } = whole();
    assert.equal(await driver.blobs.mount?.(copy, layer, repo), true);
    damages['a flipped bit']?.(at(contentKey(layer)), drawFrom('withdrawn'));
    const damaged = readFileSync(at(contentKey(layer)));
    const [first, second, ...others] = await findings({ withdraw: true });
    expect(first).toMatchObject({ kind: 'blob', repository: repo, digest: layer, bytes: damaged.length, withdrawn: true });
    expect(second).toMatchObject({ kind: 'blob', repository: copy, digest: layer, wrong: 'is gone', withdrawn: false });
    expect(others).toEqual([]);
    expect(quarantined()).toEqual([layer.slice('sha256:'.length)]);
    for (const name of [repo, copy]) expect(await driver.blobs.get(name, layer)).toBeUndefined();
    const content = layers[0] ?? assert.fail();
    await pushBlob(driver, copy, content);
    for (const name of [repo, copy]) assertSameBytes(await pullBlob(driver, name, layer), content);
    expect(await findings({ withdraw: true })).toEqual([]);
    expect(quarantined()).toHaveLength(1);
  });

  it('is a manifest, whose tag leads to it again when it is pushed', async () => {
    openCopy();
    const { digest, tag, bytes, mediaType } = whole();
    truncateSync(at(manifestKey(repo, digest)), 50);
    expect(await findings({ withdraw: true })).toMatchObject([{ kind: 'manifest', digest, withdrawn: true }]);
    expect(await driver.manifests.get(repo, digest)).toBeUndefined();
    expect(await driver.manifests.resolve(repo, readTag(tag))).toBeUndefined();
    expect((await findings({ withdraw: true })).map(about).sort()).toEqual([expect.stringMatching('^reference'), `tag ${tag}`]);
    const registry = imagesOn(driver);
    await registry.put(repo, digest, bytes, mediaType);
    await registry.close();
    expect(await driver.manifests.resolve(repo, readTag(tag))).toBe(digest);
    expect(await findings({ withdraw: true })).toEqual([]);
  });

  it('is nothing that was pushed again meanwhile', async () => {
    openCopy();
    const { layer } = whole();
    const content = layers[0] ?? assert.fail();
    damages['a flipped bit']?.(at(contentKey(layer)), drawFrom('withdrawn'));
    const { inventory } = driver;
    const late: FsDriver = {
      ...driver,
      inventory: {
        ...inventory,
        withdraw: async (...item) => {
          await pushBlob(driver, repo, content);
          return inventory.withdraw?.(...item) ?? false;
        },
      },
    };
    const found: Finding[] = [];
    for await (const finding of verify(late, { withdraw: true })) found.push(finding);
    expect(found).toMatchObject([{ kind: 'blob', digest: layer, withdrawn: false }]);
    assertSameBytes(await pullBlob(driver, repo, layer), content);
    expect(quarantined()).toEqual([]);
  });
});
