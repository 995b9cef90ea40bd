// @ts-check
/** Content of registry fixtures, and what real programs make of it: those that pull, unpack, and write layouts and archives. */
import { deepEqual, equal } from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { lstat, mkdir, readFile, readlink, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { memoryDriver } from '../../../drivers/memory.ts';
import {
  artifact,
  filesIn,
  fromArchive,
  fromLayout,
  image,
  index,
  layer,
  randomImage,
} from '../../../lib/testing/fixture/content/index.ts';
import { archive, copy, dockerArchive, layout, storage } from '../../../lib/transfer/index.ts';
import { digestOf } from '../../support/client.ts';
import { writeContents } from '../../support/layout.ts';

/** @typedef {import('../../../lib/testing/fixture/content/index.ts').Content} Content */
/** @typedef {import('../../../lib/testing/fixture/content/index.ts').Files} Files */

/**
 * @typedef {object} Bench
 * @property {import('../../../lib/testing/fixture/index.ts').TestRegistry} registry an empty one
 * @property {string} work an empty folder
 * @property {(...words: string[]) => Promise<string>} skopeo
 * @property {Readonly<Record<'umoci' | 'tar' | 'gzip' | 'zstd', string>>} programs their paths
 */

const from = '--src-tls-verify=false';
const long = `${'folder-of-a-long-name/'.repeat(20)}${'n'.repeat(120)}`;

/** @type {Files} */
const lower = {
  'etc/motd': 'hello',
  'etc/gone': 'to be taken away',
  'etc/folder/old': 'to be hidden',
  'etc/folder/older': 'to be hidden',
};
/** @type {Files} */
const upper = {
  'etc/gone': { whiteout: true },
  'etc/folder': { opaque: true, mode: 0o700 },
  'etc/folder/new': 'new',
  'bin/busybox': { content: 'program', mode: 0o755, mtime: 1_700_000_000 },
  'bin/sh': { link: 'busybox' },
  'bin/ash': { hardLink: 'bin/busybox' },
  'srv/Grüße 👋': 'beyond ASCII',
  [long]: 'a long name',
  'var/zeros': { size: 1_000_000 },
};

/**
 * What `docker save` takes: no layers of zstd.
 * @type {Readonly<Record<string, Content>>}
 */
const saved = {
  'an image without options': image(),
  'an image of several layers': image({ layers: [lower, layer(upper, { compression: 'none' })], config: { Cmd: ['/bin/sh'] } }),
  "an image of Docker's format": image({ format: 'docker', layers: [lower, upper] }),
  'an image of random bytes': randomImage({ layers: 2, size: 1_000_000 }),
};

/** @type {Readonly<Record<string, Content>>} */
const oci = {
  ...saved,
  'an image with layers of zstd': image({
    layers: [layer(lower, { compression: 'zstd' }), layer(upper, { compression: 'zstd' })],
  }),
  'an index': index({ manifests: ['amd64', 'arm64'].map((name) => image({ platform: `linux/${name}` })) }),
  'an artifact': artifact({ type: 'application/spdx+json', files: { 'sbom.json': '{"a":1}' }, subject: image() }),
};

/** @type {Readonly<Record<string, Content>>} */
const all = {
  ...oci,
  "a manifest list of Docker's format": index({ format: 'docker', manifests: [image({ format: 'docker' })] }),
};

/** @type {Record<string, (bench: Bench) => Promise<void>>} */
export const contentCases = {
  ...eachOf(all, 'is pulled as it was seeded', async (content, { skopeo, work }, source) => {
    await skopeo('copy', from, '--all', source, `dir:${work}`);
    deepEqual(await readFile(join(work, 'manifest.json')), Buffer.from(content.manifest.bytes));
  }),

  ...eachOf(oci, 'comes through a layout as it was', async (content, { skopeo, work }, source) => {
    await skopeo('copy', from, '--all', '--preserve-digests', source, `oci:${work}:one`);
    deepEqual(hashed(await fromLayout(work, { ref: 'one' })), hashed(content));
  }),

  ...eachOf(oci, 'comes through an archive of a layout as it was', async (content, { skopeo, work, programs }, source) => {
    const file = join(work, 'archive');
    await skopeo('copy', from, '--all', '--preserve-digests', source, `oci-archive:${file}:one`);
    deepEqual(hashed(await fromArchive(file)), hashed(content));
    await run(programs.gzip, file);
    deepEqual(hashed(await fromArchive(`${file}.gz`, { ref: 'one' })), hashed(content));
  }),

  ...eachOf(
    saved,
    'comes through an archive of docker save with the layers it had',
    async (content, { skopeo, work }, source) => {
      const file = join(work, 'archive');
      await skopeo('copy', from, source, `docker-archive:${file}:team/app:1.0`);
      const found = await fromArchive(file, { ref: 'docker.io/team/app:1.0' });
      equal(found.document.config?.digest, content.document.config?.digest);
      deepEqual(filesOf(found), filesOf(content));
      deepEqual(found.descriptor.platform, content.descriptor.platform);
    },
  ),

  "an image of Docker's format comes through an archive of docker save as it was": async (bench) => {
    const content = image({ format: 'docker', layers: [lower, upper] });
    const file = join(bench.work, 'archive');
    await bench.skopeo('copy', from, await seed(content, bench), `docker-archive:${file}:team/app:1.0`);
    deepEqual(hashed(await fromArchive(file)), hashed(content));
  },

  '200 images go out into every form and come in again, and skopeo reads them': async ({ work, skopeo }) => {
    const made = Array.from({ length: 200 }, (_, seed) =>
      randomImage({ seed, layers: 1 + (seed % 3), size: 100 * (1 + seed), format: seed % 2 ? 'docker' : 'oci' }),
    );
    const contents = Object.fromEntries(made.map((content, place) => [`v${place}`, content]));
    await writeContents(join(work, 'made'), contents);
    const here = storage(memoryDriver(), 'app');
    await copy(layout(join(work, 'made')), here, { allTags: true });
    const places = {
      oci: layout(join(work, 'oci')),
      'oci-archive': archive(join(work, 'oci-archive')),
      'docker-archive': dockerArchive(join(work, 'docker-archive'), { repository: 'team/app' }),
    };
    const digests = made.map(({ digest }) => digest).sort();
    for (const [form, place] of Object.entries(places)) {
      await copy(here, place, { allTags: true });
      const { references } = await copy(place, storage(memoryDriver(), 'back'), { allTags: true });
      deepEqual(references.map(({ digest }) => digest).sort(), digests, form);
      // In a layout, skopeo finds manifests of OCI's types alone.
      for (const tag of form === 'docker-archive' ? ['v0', 'v7', 'v199'] : ['v0', 'v8', 'v198']) {
        const name = form === 'docker-archive' ? `team/app:${tag}` : tag;
        const config = JSON.parse(await skopeo('inspect', '--raw', '--config', `${form}:${join(work, form)}:${name}`));
        const bytes = contents[tag]?.blobs[0]?.bytes ?? Buffer.alloc(0);
        deepEqual(config, JSON.parse(Buffer.from(bytes).toString()), `${form} ${tag}`);
      }
    }
  },

  ...eachOf(saved, 'is imported from what skopeo writes, in every form', async (content, { skopeo, work }, source) => {
    await skopeo('copy', from, '--preserve-digests', source, `oci:${join(work, 'oci')}:one`);
    await skopeo('copy', from, '--preserve-digests', source, `oci-archive:${join(work, 'archive')}:one`);
    await skopeo('copy', from, source, `docker-archive:${join(work, 'saved')}:team/app:one`);
    const places = [layout(join(work, 'oci')), archive(join(work, 'archive'))];
    for (const place of places) {
      const { references } = await copy(place, storage(memoryDriver(), 'app'));
      deepEqual(references, [{ reference: 'one', tag: 'one', digest: content.digest }]);
    }
    const back = layout(join(work, 'back'));
    await copy(archive(join(work, 'saved')), back);
    const found = await fromLayout(join(work, 'back'), { ref: 'one' });
    deepEqual(found.document.config?.digest, content.document.config?.digest);
    deepEqual(filesOf(found), filesOf(content));
  }),

  'an image is unpacked as its files say': async (bench) => {
    const { skopeo, work, programs } = bench;
    const layout = join(work, 'layout');
    const source = await seed(image({ layers: [lower, upper] }), bench);
    await skopeo('copy', from, source, `oci:${layout}:one`);
    await run(programs.umoci, 'unpack', '--rootless', '--image', `${layout}:one`, join(work, 'bundle'));
    const at = (/** @type {string} */ path) => join(work, 'bundle/rootfs', path);
    const texts = {
      'etc/motd': 'hello',
      'etc/folder/new': 'new',
      'bin/ash': 'program',
      'srv/Grüße 👋': 'beyond ASCII',
      [long]: 'a long name',
    };
    for (const [path, text] of Object.entries(texts)) equal(await readFile(at(path), 'utf8'), text);
    for (const path of ['etc/gone', 'etc/folder/old', 'etc/folder/older']) equal(await isThere(at(path)), false, path);
    equal(await readlink(at('bin/sh')), 'busybox');
    const [program, folder, zeros] = [
      await lstat(at('bin/busybox')),
      await lstat(at('etc/folder')),
      await lstat(at('var/zeros')),
    ];
    deepEqual([program.mode & 0o7777, program.nlink, program.mtimeMs], [0o755, 2, 1_700_000_000_000]);
    deepEqual([folder.mode & 0o7777, zeros.size], [0o700, 1_000_000]);
  },

  'a layer is listed by tar as it was written': async ({ work, programs }) => {
    const file = join(work, 'layer.tar');
    const owned = { uid: 1000, gid: 100, mtime: 1_700_000_000 };
    const { bytes } = layer(
      {
        'bin/sh': { content: 'program', mode: 0o4755, ...owned },
        'bin/ash': { hardLink: 'bin/sh' },
        'bin/link': { link: 'sh' },
        'dev/null': { device: { type: 'character', major: 1, minor: 3 }, mode: 0o666 },
        'dev/sda': { device: { type: 'block', major: 8, minor: 0 }, uid: 3_000_000 },
        pipe: { fifo: true },
      },
      { compression: 'none' },
    );
    await writeFile(file, bytes);
    const listed = await run(programs.tar, '--numeric-owner', '--utc', '--full-time', '-tvf', file);
    deepEqual(
      listed
        .trimEnd()
        .split('\n')
        .map((line) => line.replaceAll(/ +/g, ' ')),
      [
        'drwxr-xr-x 0/0 0 1970-01-01 00:00:00 bin/',
        'lrwxrwxrwx 0/0 0 1970-01-01 00:00:00 bin/link -> sh',
        '-rwsr-xr-x 1000/100 7 2023-11-14 22:13:20 bin/sh',
        'drwxr-xr-x 0/0 0 1970-01-01 00:00:00 dev/',
        'crw-rw-rw- 0/0 1,3 1970-01-01 00:00:00 dev/null',
        'brw-r--r-- 3000000/0 8,0 1970-01-01 00:00:00 dev/sda',
        'prw-r--r-- 0/0 0 1970-01-01 00:00:00 pipe',
        'hrwsr-xr-x 1000/100 0 2023-11-14 22:13:20 bin/ash link to bin/sh',
      ],
    );
  },

  'a layer is unpacked by gzip and by zstd to its archive': async ({ work, programs }) => {
    const archive = layer(upper, { compression: 'none' }).bytes;
    for (const compression of /** @type {const} */ (['gzip', 'zstd'])) {
      const file = join(work, compression);
      await writeFile(file, layer(upper, { compression }).bytes);
      await run('sh', '-c', `"${programs[compression]}" -dc <"${file}" >"${file}.tar"`);
      equal(Buffer.compare(await readFile(`${file}.tar`), archive), 0, compression);
    }
  },

  'what tar writes is read in each of its formats': async ({ work, programs }) => {
    const [folder, file] = [join(work, 'folder'), join(work, 'archive')];
    const name = `${'folder/'.repeat(8)}${'n'.repeat(90)}`;
    await mkdir(join(folder, 'folder/'.repeat(8)), { recursive: true });
    await writeFile(join(folder, name), 'content', { mode: 0o640 });
    await symlink('t'.repeat(90), join(folder, 'link'));
    for (const format of ['gnu', 'oldgnu', 'pax', 'posix', 'ustar']) {
      await run(programs.tar, `--format=${format}`, '--mtime=@1700000000', '-C', folder, '-cf', file, 'folder', 'link');
      const { [name]: found, link } = filesIn(await readFile(file));
      deepEqual([found?.content?.toString(), found?.mode, found?.mtime], ['99,111,110,116,101,110,116', 0o640, 1_700_000_000]);
      equal(link?.link, 't'.repeat(90));
    }
  },
};

/**
 * A case for each content.
 * @param {Readonly<Record<string, Content>>} contents
 * @param {string} title
 * @param {(content: Content, bench: Bench, source: string) => Promise<void>} check
 * @returns {Record<string, (bench: Bench) => Promise<void>>}
 */
function eachOf(contents, title, check) {
  return Object.fromEntries(
    Object.entries(contents).map(([what, content]) => [
      `${what} ${title}`,
      async (/** @type {Bench} */ bench) => check(content, bench, await seed(content, bench)),
    ]),
  );
}

/**
 * Puts content into the registry; gives what skopeo calls it.
 * @param {Content} content
 * @param {Bench} bench
 */
async function seed(content, { registry }) {
  return `docker://${(await registry.seed('team/app:latest', content)).reference}`;
}

/**
 * Content with the digests of its bytes in their place: buffers and arrays of the same bytes are not strictly equal.
 * @param {Content} content
 * @returns {object}
 */
function hashed({ manifest, blobs, children, ...more }) {
  const hash = (/** @type {{ readonly bytes: Uint8Array }} */ { bytes, ...named }) => ({ ...named, bytes: digestOf(bytes) });
  return { ...more, manifest: hash(manifest), blobs: blobs.map(hash), children: children.map(hashed) };
}

/**
 * What lies in the layers of an image.
 * @param {Content} content
 */
const filesOf = ({ blobs }) => blobs.slice(1).map((blob) => filesIn(blob));

/**
 * @param {string} program
 * @param {string[]} words
 */
async function run(program, ...words) {
  const { stdout } = await promisify(execFile)(program, words, { timeout: 30_000 });
  return stdout;
}

/** @param {string} path */
const isThere = (path) =>
  lstat(path).then(
    () => true,
    () => false,
  );
