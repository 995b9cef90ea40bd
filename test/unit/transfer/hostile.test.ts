/** Layouts and archives that are not as they should be are refused in words, and nothing is written outside of the destination. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { memoryDriver } from '../../../drivers/memory.ts';
import { hostileArchives } from '../../../lib/testing/fixture/content/hostile-archives.ts';
import { type Content, type FileList, image, index, layer, randomImage } from '../../../lib/testing/fixture/index.ts';
import { archive, copy, dockerArchive, layout, type Place, storage } from '../../../lib/transfer/index.ts';
import { writeContents } from '../../support/layout.ts';
import { folderForTest } from '../../support/transfer/places.ts';

const into = (place: Place, references?: readonly string[]) => copy(place, storage(memoryDriver(), 'app'), { references });
const content = randomImage({ size: 1_000_000 });
const [, blob] = content.blobs.map(({ digest }) => join('blobs/sha256', digest.slice(7)));

/** A layout of one image, with something done to it. */
async function layoutWhere(spoil: (folder: string, outside: string) => unknown, given: Content = content): Promise<Place> {
  const around = await folderForTest();
  const folder = join(around, 'layout');
  await writeContents(folder, { one: given });
  await spoil(folder, around);
  return layout(folder);
}

const spoilt: Readonly<Record<string, readonly [spoil: (folder: string, outside: string) => unknown, words: RegExp]>> = {
  'is not there': [(folder) => rm(folder, { recursive: true }), /is no image layout: it has no file oci-layout$/],
  'has no index': [(folder) => rm(join(folder, 'index.json')), /is no image layout/],
  'has an index that is no JSON': [(folder) => writeFile(join(folder, 'index.json'), '{'), /cannot be read as JSON/],
  'has an index that is none': [
    (folder) => writeFile(join(folder, 'index.json'), '{"schemaVersion":2}'),
    /"manifests" must be a list/,
  ],
  'has an index of too many levels': [
    (folder) => writeFile(join(folder, 'index.json'), `{"a":${'['.repeat(100_000)}`),
    /nested more than 128 levels deep/,
  ],
  'has no blob': [(folder) => rm(join(folder, blob ?? '')), /has no blob sha256:/],
  'has a blob that is too short': [
    (folder) => truncate(join(folder, blob ?? ''), 10),
    /gives 10 bytes as sha256:[^ ]+, which is to have 1/,
  ],
  'has a blob that is too long': [
    (folder) => writeFile(join(folder, blob ?? ''), 'more', { flag: 'a' }),
    /gives more than 1\d+ bytes as sha256:/,
  ],
  'has other bytes as a blob': [
    (folder) => writeFile(join(folder, blob ?? ''), 'X', { flag: 'r+' }),
    /gives other bytes as sha256:[^ ]+: their digest is sha256:/,
  ],
  'has other bytes as a manifest': [
    (folder) => writeFile(join(folder, 'blobs/sha256', content.digest.slice(7)), `${JSON.stringify(content.document)} `),
    /gives other bytes as sha256:/,
  ],
  'has a blob outside of it': [
    async (folder, outside) => {
      await rename(join(folder, blob ?? ''), join(outside, 'secret'));
      await symlink('../../../secret', join(folder, blob ?? ''));
    },
    /only by a symbolic link that leads out of it$/,
  ],
  'has its blobs outside of it': [
    async (folder, outside) => {
      await rename(join(folder, 'blobs'), join(outside, 'blobs'));
      await symlink('../blobs', join(folder, 'blobs'));
    },
    /only by a symbolic link that leads out of it$/,
  ],
  'has a pipe for a blob': [
    async (folder) => {
      await rm(join(folder, blob ?? ''));
      execFileSync('mkfifo', [join(folder, blob ?? '')]);
    },
    /which is no regular file$/,
  ],
  'has a folder for an index': [
    async (folder) => {
      await rm(join(folder, 'index.json'));
      await mkdir(join(folder, 'index.json'));
    },
    /has index\.json, which is no regular file$/,
  ],
  'has a manifest of five mebibytes': [
    async (folder) => {
      const bytes = JSON.stringify({ ...content.document, annotations: { a: 'a'.repeat(5 * 2 ** 20) } });
      await writeFile(join(folder, 'blobs/sha256', content.digest.slice(7)), bytes);
    },
    /has more than 4194304 bytes$/,
  ],
};

describe('a layout', () => {
  it.each(Object.entries(spoilt))('that %s is refused', async (_, [spoil, words]) => {
    await expect(into(await layoutWhere(spoil))).rejects.toThrow(words);
  });

  it('whose links stay within it is read', async () => {
    const place = await layoutWhere(async (folder) => {
      await rename(join(folder, blob ?? ''), join(folder, 'elsewhere'));
      await symlink('../../elsewhere', join(folder, blob ?? ''));
    });
    expect((await into(place)).blobs).toBe(2);
  });

  it('of indexes within indexes is copied to a depth, and no further', async () => {
    const nested = (levels: number): Content => (levels === 0 ? image() : index({ manifests: [nested(levels - 1)] }));
    expect((await into(await layoutWhere(() => {}, nested(8)))).manifests).toBe(9);
    await expect(into(await layoutWhere(() => {}, nested(9)))).rejects.toThrow('more than 8 levels deep');
  });

  it('with an index that names itself is refused: a digest cannot be that of what has it', async () => {
    const self = { mediaType: 'application/vnd.oci.image.index.v1+json', digest: `sha256:${'0'.repeat(64)}`, size: 100 };
    const document = JSON.stringify({ schemaVersion: 2, mediaType: self.mediaType, manifests: [self] });
    const place = await layoutWhere(async (folder) => {
      await writeFile(join(folder, 'blobs/sha256', '0'.repeat(64)), document);
      await writeFile(join(folder, 'index.json'), document);
    });
    await expect(into(place)).rejects.toThrow('gives other bytes as sha256:000');
  });

  it('of several images is asked which', async () => {
    const folder = await folderForTest();
    await writeContents(folder, { one: content, two: image() });
    await expect(into(layout(folder))).rejects.toThrow(/has 2 entries.*one, two/);
    await expect(into(layout(folder), ['three'])).rejects.toThrow('has no entry three');
    expect((await into(layout(folder), ['two'])).references[0]?.digest).toBe(image().digest);
  });
});

/** The bytes of an archive with these entries. */
const bytesOf = (files: FileList) => layer(files, { compression: 'none' }).bytes;

async function archiveOf(bytes: Uint8Array): Promise<Place> {
  const file = join(await folderForTest(), 'archive.tar');
  await writeFile(file, bytes);
  return archive(file);
}

/** What lies in an archive of docker save with one layer. */
const saved = (change: Partial<Record<'manifest' | 'config' | 'layer', string | Uint8Array>> = {}): FileList => {
  const archived = layer({ file: 'content' }, { compression: 'none' });
  const config = JSON.stringify({ os: 'linux', architecture: 'amd64', rootfs: { type: 'layers', diff_ids: [archived.diffId] } });
  const manifest = JSON.stringify([{ Config: 'config.json', RepoTags: ['team/app:1.0'], Layers: ['layer.tar'] }]);
  return [
    ['config.json', change.config ?? config],
    ['layer.tar', change.layer ?? archived.bytes],
    ['manifest.json', change.manifest ?? manifest],
  ];
};
const packed = layer({ file: 'content' }, { compression: 'gzip' }).bytes;

const refusedArchives: Readonly<Record<string, readonly [bytes: () => Uint8Array, words: RegExp]>> = {
  'is empty': [() => new Uint8Array(0), /neither a file oci-layout nor manifest\.json$/],
  'is no archive': [() => Buffer.alloc(2048, 'no archive'), /is no tar archive: the block at byte 0 is no header/],
  'is compressed': [
    () => gzipSync(bytesOf([['file', randomBytes(2000)]])),
    /begins a gzip stream, and only bare tar archives are read$/,
  ],
  'is cut off in a header': [() => bytesOf(saved()).subarray(0, 700), /is cut off/],
  'is cut off in its content': [
    () => bytesOf([['file', { size: 5000 }]]).subarray(0, 2048),
    /cut off: \d+ bytes of its content are missing/,
  ],
  'has neither form': [() => bytesOf([['file', 'content']]), /neither a file oci-layout nor manifest\.json$/],
  'has a manifest.json that is no JSON': [() => bytesOf(saved({ manifest: '{' })), /manifest\.json that is no JSON$/],
  'has a manifest.json of something else': [() => bytesOf(saved({ manifest: '{}' })), /is not as docker save writes it$/],
  'names a configuration above its root': [
    () => bytesOf(saved({ manifest: '[{"Config":"../../../../etc/passwd","Layers":[]}]' })),
    /has no file \.\.\/\.\.\/\.\.\/\.\.\/etc\/passwd, which its manifest\.json names$/,
  ],
  'names a layer that is absolute': [
    () => bytesOf(saved({ manifest: '[{"Config":"config.json","Layers":["/etc/passwd"]}]' })),
    /has no file \/etc\/passwd/,
  ],
  'has a layer that its configuration does not name': [
    () => bytesOf(saved({ config: '{}' })),
    /its configuration does not name$/,
  ],
  'has another layer than its configuration says': [() => bytesOf(saved({ layer: 'other' })), /as sha256:[^ ]+/],
  'has another compressed layer': [
    () => bytesOf(saved({ layer: gzipSync('other') })),
    /is not that of the configuration: its digest is sha256:/,
  ],
  'has a compressed layer that is damaged': [
    () => bytesOf(saved({ layer: Buffer.concat([packed.subarray(0, 40), Buffer.alloc(40)]) })),
    /./,
  ],
  'has links without an end': [
    () =>
      bytesOf([
        ['manifest.json', { link: 'other' }],
        ['other', { link: 'manifest.json' }],
      ]),
    /has links at .* that lead nowhere$/,
  ],
  'has an entry of an unknown type': [
    () => {
      const bytes = Buffer.from(bytesOf([['file', { fifo: true }]]));
      bytes[156] = 'Q'.charCodeAt(0);
      const sum = [...bytes.subarray(0, 512)].reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 0x20 : byte), 0);
      bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
      return bytes;
    },
    /is of the type "Q", which is not read here$/,
  ],
};

describe('an archive', () => {
  it.each(Object.entries(refusedArchives))('that %s is refused', async (_, [bytes, words]) => {
    await expect(into(await archiveOf(bytes()))).rejects.toThrow(words);
  });

  it('of docker save becomes the image that it is, its layers as they are', async () => {
    for (const change of [{}, { layer: packed }]) {
      const report = await into(await archiveOf(bytesOf(saved(change))));
      expect(report).toMatchObject({ manifests: 1, blobs: 2, references: [{ reference: 'team/app:1.0', tag: '1.0' }] });
    }
  });

  it.each(Object.entries<FileList>(hostileArchives))('with %s writes nothing outside of the storage', async (_, files) => {
    const around = await folderForTest();
    await mkdir(join(around, 'in'));
    const file = join(around, 'in', 'archive.tar');
    await writeFile(file, bytesOf([...files, ...saved()]));
    // What is no archive of an image is refused; the others are read for what manifest.json names.
    await into(archive(file)).catch((error: Error) => expect(error.message).toMatch(/archive\.tar/));
    expect([await readdir(around), await readdir(join(around, 'in'))]).toEqual([['in'], ['archive.tar']]);
    expect(existsSync('/evil')).toBe(false);
  });

  it('that is a folder, or a pipe, is refused', async () => {
    const folder = await folderForTest();
    await expect(into(archive(folder))).rejects.toThrow('is a folder');
    await expect(copy(layout(folder), archive(folder))).rejects.toThrow();
  });
});

describe('a destination', () => {
  it('is left as it was where a copy to an archive fails', async () => {
    const folder = await folderForTest();
    const file = join(folder, 'archive.tar');
    await writeFile(file, 'as it was');
    const source = await layoutWhere((place) => truncate(join(place, blob ?? ''), 10));
    await expect(copy(source, archive(file))).rejects.toThrow('gives 10 bytes');
    expect([await readdir(folder), await readFile(file, 'utf8')]).toEqual([['archive.tar'], 'as it was']);
  });

  it('keeps the entries that a layout had, whole blobs, and nothing unfinished, where a copy to it fails', async () => {
    const folder = await folderForTest();
    await writeContents(folder, { before: image() });
    const before = await readFile(join(folder, 'index.json'), 'utf8');
    const source = await layoutWhere((place) => truncate(join(place, blob ?? ''), 10));
    await expect(copy(source, layout(folder))).rejects.toThrow('gives 10 bytes');
    expect(await readFile(join(folder, 'index.json'), 'utf8')).toBe(before);
    expect((await readdir(join(folder, 'blobs/sha256'))).filter((name) => !/^[0-9a-f]{64}$/.test(name))).toEqual([]);
    await copy(await layoutWhere(() => {}), layout(folder));
    expect(
      (await copy(layout(folder), storage(memoryDriver(), 'all'), { allTags: true })).references.map(({ tag }) => tag),
    ).toEqual(['before', 'one']);
  });

  it('is no folder behind a link in a layout', async () => {
    const around = await folderForTest();
    const folder = join(around, 'layout');
    await mkdir(join(around, 'outside'));
    await mkdir(folder);
    await symlink('../outside', join(folder, 'blobs'));
    await expect(copy(await layoutWhere(() => {}), layout(folder))).rejects.toThrow('nothing is written through a link');
    expect(await readdir(join(around, 'outside'))).toEqual([]);
  });

  it('of docker save takes no index, and says so before anything is copied', async () => {
    const folder = await folderForTest();
    const source = await layoutWhere(() => {}, index({ manifests: [image(), image({ platform: 'linux/arm64' })] }));
    const steps: unknown[] = [];
    const destination = dockerArchive(join(folder, 'saved.tar'), { repository: 'app' });
    await expect(copy(source, destination, { onProgress: (step) => steps.push(step) })).rejects.toThrow('choose one platform');
    expect([steps, await readdir(folder)]).toEqual([[], []]);
  });
});
