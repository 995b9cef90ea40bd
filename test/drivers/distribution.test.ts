/** Trees of distribution, served as they lie: what is found in them, what is not, and that nothing is changed. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { lstatSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, unlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  blobKey,
  layersDirectory,
  linkKey,
  revisionsDirectory,
  tagKey,
  tagsDirectory,
} from '../../drivers/distribution/layout.ts';
import { createPlainFiles } from '../../drivers/distribution/plain-files.ts';
import { type DistributionDriver, distributionDriver } from '../../drivers/distribution.ts';
import { memoryDriver } from '../../drivers/memory.ts';
import { type Digest, type Driver, isStorageFault } from '../../lib/driver.ts';
import { artifact, image, index, startRegistry } from '../../lib/testing/fixture/index.ts';
import { driverCases } from '../../lib/testing/suite/index.ts';
import {
  allReferrers,
  assertSameBytes,
  bytes,
  chunkOf,
  digestOf,
  emptyCheckpoint,
  manifestOf,
  newId,
  pullBlob,
  readName,
  readTag,
  sample,
} from '../../lib/testing/suite/samples.ts';
import { makeTree, type WrittenTree } from '../support/drivers/distribution-tree.ts';
import { broken } from '../support/drivers/on-disk.ts';

const app = readName('team/app');
const latest = readTag('latest');
const large = sample(400_000);
const text = (document: object): string => JSON.stringify(document);
const config = { mediaType: 'application/vnd.oci.image.config.v1+json', digest: digestOf(bytes('{}')), size: 2 };

let tree: WrittenTree;
let driver: DistributionDriver;

beforeEach(() => {
  tree = makeTree();
  driver = distributionDriver({ root: tree.root });
});
afterEach(() => tree.remove());

/** All names below a directory, with what tells whether they were changed. */
function listed(directory: string): unknown[] {
  return readdirSync(directory, { recursive: true })
    .map(String)
    .sort()
    .map((name) => {
      const { ino, mtimeMs, ctimeMs, size, mode } = lstatSync(join(directory, name));
      return [name, ino, mtimeMs, ctimeMs, size, mode];
    });
}

describe('the blobs of a tree', () => {
  /** A driver that pushes into a driver in memory, and has distribution's tree written: what is read comes from the tree. */
  function createScribe(): { driver: Driver; tree: WrittenTree } {
    const written = makeTree();
    const memory = memoryDriver();
    const served = distributionDriver({ root: written.root });
    const copy = async (repo: Parameters<Driver['blobs']['get']>[0], digest: Digest): Promise<void> => {
      written.write(blobKey(digest), (await pullBlob(memory, repo, digest)) ?? '');
      written.write(linkKey(layersDirectory(repo), digest), digest);
    };
    const scribe: Driver = {
      ...memory,
      name: 'scribe',
      blobs: {
        get: served.blobs.get,
        async delete(repo, digest) {
          const deleted = await memory.blobs.delete(repo, digest);
          if (deleted) unlinkSync(written.at(linkKey(layersDirectory(repo), digest)));
          return deleted;
        },
        async mount(to, digest, from) {
          const mounted = (await memory.blobs.mount?.(to, digest, from)) ?? false;
          if (mounted) await copy(to, digest);
          return mounted;
        },
      },
      uploads: {
        ...memory.uploads,
        complete: undefined,
        async commit(repo, id, at, digest) {
          const committed = await memory.uploads.commit(repo, id, at, digest);
          if (committed) await copy(repo, digest);
          return committed;
        },
      },
    };
    return { driver: scribe, tree: written };
  }

  const trees = new WeakMap<Driver, WrittenTree>();
  const cases = driverCases({
    name: 'scribe',
    lacks: ['blob.url', 'blobs.put', 'uploads.complete'],
    levels: ['contract'],
    create() {
      const made = createScribe();
      trees.set(made.driver, made.tree);
      return made.driver;
    },
    dispose: (made) => trees.get(made)?.remove(),
  }).filter(({ area, skipped }) => area === 'blobs' && skipped === undefined);

  it('are what the suite asks for', () => expect(cases.length).toBeGreaterThan(15));
  for (const { name, run } of cases) it(name, run);

  it('belong to the repositories that link them', async () => {
    const digest = tree.layer('team/app', large);
    assertSameBytes(await pullBlob(driver, app, digest), large);
    assert.equal(await driver.blobs.get(readName('team/other'), digest), undefined);
    assert.equal(await driver.blobs.get(app, digestOf(bytes('other'))), undefined);
    rmSync(tree.at(blobKey(digest)));
    assert.equal(await driver.blobs.get(app, digest), undefined);
  });
});

describe('the manifests of a tree', () => {
  const imageType = 'application/vnd.oci.image.manifest.v1+json';
  const indexType = 'application/vnd.oci.image.index.v1+json';
  const dockerType = 'application/vnd.docker.distribution.manifest.v2+json';
  const schema1 = 'application/vnd.docker.distribution.manifest.v1+';
  const documents: readonly (readonly [string, object, string])[] = [
    ['says its media type', { schemaVersion: 2, mediaType: dockerType, config, layers: [] }, dockerType],
    ['says it in capitals', { schemaVersion: 2, mediaType: dockerType.toUpperCase(), config, layers: [] }, dockerType],
    ['says one that nobody knows', { schemaVersion: 2, mediaType: 'application/x+json', config }, 'application/x+json'],
    ['has no media type and a config', { schemaVersion: 2, config, layers: [] }, imageType],
    ['has an empty media type', { schemaVersion: 2, mediaType: '', config, layers: [] }, imageType],
    ['has no media type and manifests', { schemaVersion: 2, manifests: [] }, indexType],
    ['is of schema 1', { schemaVersion: 1, name: 'a', tag: 'b' }, `${schema1}json`],
    ['is of schema 1 and signed', { schemaVersion: 1, signatures: [{}] }, `${schema1}prettyjws`],
    ['would be refused if it were pushed', { schemaVersion: 2, config: 1, layers: 2, subject: 3 }, imageType],
  ];
  it.each(documents)('one that %s has a media type', async (_, document, mediaType) => {
    const digest = tree.manifest('team/app', text(document), 'latest');
    const found = await driver.manifests.get(app, digest);
    assert.deepEqual([found?.mediaType, found?.subject, found?.digest], [mediaType, undefined, digest]);
    assertSameBytes(found?.bytes, bytes(text(document)));
    assert.equal(await driver.manifests.resolve(app, latest), digest);
  });

  it.each([
    ['text', 'layer'],
    ['a list', '[]'],
    ['an object of no kind', '{}'],
    ['the config of an image', '{"architecture":"amd64","config":{}}'],
    ['a media type that is none', '{"mediaType":"x"}'],
    ['nested too deeply', `{"config":${'['.repeat(1000)}${']'.repeat(1000)}}`],
    ['larger than any', `{"config":"${'x'.repeat(4 * 1024 * 1024)}"}`],
  ])('bytes that are none are a fault: %s', async (_, content) => {
    const digest = tree.manifest('team/app', content, 'latest');
    await broken(() => driver.manifests.get(app, digest), blobKey(digest));
    assert.equal(await driver.manifests.resolve(app, latest), digest);
    assert.deepEqual(await driver.manifests.referrers(app, digest, { limit: 9 }), []);
  });

  it('are not found among the layers', async () => {
    const digest = tree.layer('team/app', bytes(text({ schemaVersion: 2, config, layers: [] })));
    tree.tag('team/app', 'latest', digest);
    assert.equal(await driver.manifests.get(app, digest), undefined);
    assert.equal(await driver.manifests.resolve(app, latest), undefined);
    assert.deepEqual(await driver.manifests.tags(app, { limit: 9 }), []);
  });

  it('that were deleted are gone, and so are the tags that were left', async () => {
    const digest = tree.manifest('team/app', text({ schemaVersion: 2, config }), 'latest', 'other');
    assert.equal(await driver.manifests.resolve(app, latest), digest);
    unlinkSync(tree.at(linkKey(revisionsDirectory(app), digest)));
    assert.equal(await driver.manifests.get(app, digest), undefined);
    assert.equal(await driver.manifests.resolve(app, latest), undefined);
    assert.equal(await driver.manifests.tags(app, { limit: 9 }), undefined);
    assert.deepEqual(await driver.manifests.repositories({ limit: 9 }), []);
    tree.layer('team/app', large);
    assert.deepEqual(await driver.manifests.tags(app, { limit: 9 }), []);
  });

  it('are served as the registry that goes on with the tree changes it', async () => {
    const first = tree.manifest('team/app', text({ schemaVersion: 2, config, layers: [] }), 'latest');
    assert.equal(await driver.manifests.resolve(app, latest), first);
    assert.deepEqual(await driver.manifests.tags(app, { limit: 9 }), ['latest']);
    const second = tree.manifest('team/app', text({ schemaVersion: 2, config }), 'latest', 'second');
    assert.equal(await driver.manifests.resolve(app, latest), second);
    assert.deepEqual(await driver.manifests.tags(app, { limit: 9 }), ['latest', 'second']);
    rmSync(dirname(dirname(tree.at(tagKey(app, latest)))), { recursive: true });
    assert.deepEqual(await driver.manifests.tags(app, { limit: 9 }), ['second']);
  });
});

describe('what refers to a manifest', () => {
  const subject = image();
  const sboms = Array.from({ length: 7 }, (_, turn) =>
    artifact({ type: `application/x-${turn}`, files: { a: `${turn}` }, subject }),
  );

  it('is listed, page by page, as by a driver that was told of it', async () => {
    const registry = await startRegistry();
    tree.content('team/app', subject, 'latest');
    for (const sbom of sboms) {
      tree.content('team/app', sbom);
      await registry.seed('team/app', sbom);
    }
    tree.content('team/other', artifact({ type: 'application/other', files: {}, subject }));
    const expected = await allReferrers(registry.driver, app, subject.digest);
    assert.equal(expected.length, sboms.length);
    assert.deepEqual(await allReferrers(driver, app, subject.digest), expected);
    for (let after = 0; after < expected.length; after++) {
      const page = { after: expected[after]?.digest, limit: 3 };
      assert.deepEqual(await driver.manifests.referrers(app, subject.digest, page), expected.slice(after + 1, after + 4));
    }
    await registry.close();
  });

  it('is no longer listed once it was deleted, and again once it was pushed again', async () => {
    const [first, second] = sboms as [(typeof sboms)[number], (typeof sboms)[number]];
    const list = async () => (await allReferrers(driver, app, subject.digest)).map(({ digest }) => digest);
    tree.content('team/app', first);
    assert.deepEqual(await list(), [first.digest]);
    tree.content('team/app', second);
    assert.deepEqual(await list(), [first.digest, second.digest].sort());
    unlinkSync(tree.at(linkKey(revisionsDirectory(app), first.digest)));
    rmSync(tree.at(blobKey(second.digest)));
    assert.deepEqual(await list(), []);
    tree.content('team/app', first);
    tree.content('team/app', second);
    assert.deepEqual(await list(), [first.digest, second.digest].sort());
  });

  it('is looked for no longer once the client has left', async () => {
    for (const sbom of sboms) tree.content('team/app', sbom);
    const left = AbortSignal.abort();
    await assert.rejects(async () => driver.manifests.referrers(app, subject.digest, { limit: 9 }, left), { name: 'AbortError' });
  });
});

describe('the lists of a tree', () => {
  it('have repositories in byte order, each that holds something', async () => {
    const names = ['a', 'a-b', 'a/b', 'a/b/c', 'a0', 'b/c', 'b_c'];
    for (const name of names) tree.layer(name, bytes(name));
    tree.manifest('manifests/only', text({ schemaVersion: 2, config }));
    mkdirSync(tree.at('repositories/empty/_layers/sha256'), { recursive: true });
    tree.write('repositories/uploading/_uploads/1/data', 'x');
    tree.write(linkKey(layersDirectory(readName('without-bytes')), digestOf(large)), digestOf(large));
    const all = [...names, 'manifests/only'].sort();
    assert.deepEqual(await driver.manifests.repositories({ limit: 99 }), all);
    for (const [place, after] of all.entries()) {
      assert.deepEqual(await driver.manifests.repositories({ after, limit: 2 }), all.slice(place + 1, place + 3));
    }
    assert.deepEqual(await driver.manifests.repositories({ limit: 0 }), []);
  });

  it('have no names that are none', async () => {
    for (const name of ['UPPER', 'a..b', '-a', 'a b', 'ä', `${'x'.repeat(200)}/${'y'.repeat(200)}`]) {
      tree.write(`repositories/${name}/_layers/sha256/${'a'.repeat(64)}/link`, `sha256:${'a'.repeat(64)}`);
    }
    tree.write('repositories/file', 'x');
    tree.write(`${layersDirectory(app)}/sha256/short/link`, 'sha256:short');
    tree.write(`${layersDirectory(app)}/md5/${'a'.repeat(32)}/link`, 'x');
    tree.write(`${tagsDirectory(app)}/-wrong/current/link`, 'x');
    tree.write(`${tagsDirectory(app)}/file`, 'x');
    assert.deepEqual(await driver.manifests.repositories({ limit: 99 }), []);
    tree.manifest('team/app', text({ schemaVersion: 2, config }), 'latest');
    assert.deepEqual(await driver.manifests.repositories({ limit: 99 }), ['team/app']);
    assert.deepEqual(await driver.manifests.tags(app, { limit: 99 }), ['latest']);
  });

  it('have a thousand tags in pages, and none without its manifest, whether or not lists are kept', async () => {
    const digest = tree.manifest('team/app', text({ schemaVersion: 2, config }));
    const gone = digestOf(large);
    const names = Array.from({ length: 1_200 }, (_, turn) => `v${turn}${turn % 7 === 0 ? '-rc.1' : ''}`);
    for (const [place, name] of names.entries()) tree.tag('team/app', name, place % 3 === 0 ? gone : digest);
    const expected = names.filter((_, place) => place % 3 !== 0).sort();
    for (const cacheBytes of [16 * 1024 * 1024, 0]) {
      const served = distributionDriver({ root: tree.root, cacheBytes });
      const found: string[] = [];
      for (let isLast = false; !isLast; ) {
        const page: readonly string[] = (await served.manifests.tags(app, { after: found.at(-1), limit: 300 })) ?? [];
        found.push(...page);
        isLast = page.length < 300;
        assert.ok(page.length <= 300);
      }
      assert.deepEqual(found, expected);
      assert.deepEqual(await served.manifests.tags(app, { after: 'v1', limit: 0 }), []);
    }
  });
});

describe('a damaged link', () => {
  const document = text({ schemaVersion: 2, config, layers: [] });
  const other = digestOf(bytes('other'));
  it.each([
    ['empty', ''],
    ['zeros', '\0'.repeat(71)],
    ['longer by a newline', `${digestOf(bytes(document))}\n`],
    ['cut', digestOf(bytes(document)).slice(0, -1)],
    ['of another digest', other],
    ['of another algorithm', `md5:${'a'.repeat(32)}`],
    ['a path', '../../../../../etc/passwd'],
    ['of a megabyte', 'sha256:'.padEnd(2 ** 20, 'a')],
  ])('that is %s is a fault with its name, and leads nowhere else', async (how, content) => {
    tree.bytes(bytes('other'));
    const digest = tree.manifest('team/app', document, 'latest');
    const layer = tree.layer('team/app', large);
    const [revisionLink, layerLink] = [linkKey(revisionsDirectory(app), digest), linkKey(layersDirectory(app), layer)];
    tree.write(revisionLink, content);
    tree.write(layerLink, content);
    await broken(() => driver.manifests.get(app, digest), revisionLink);
    await broken(() => driver.blobs.get(app, layer), layerLink);
    assert.equal(await driver.manifests.resolve(app, latest), undefined);
    assert.deepEqual(await driver.manifests.repositories({ limit: 9 }), []);
    tree.write(revisionLink, digest);
    assert.equal(await driver.manifests.resolve(app, latest), digest);
    tree.write(tagKey(app, latest), content);
    if (how === 'of another digest') assert.equal(await driver.manifests.resolve(app, latest), undefined);
    else await broken(() => driver.manifests.resolve(app, latest), tagKey(app, latest));
    assert.deepEqual(await driver.manifests.tags(app, { limit: 9 }), []);
  });
});

describe('what is no plain file', () => {
  const secret = sample(500, 'secret');
  const digest = digestOf(secret);
  const document = text({ schemaVersion: 2, config, layers: [] });

  /** Moves what is there out of the tree, and has a symbolic link lead there. */
  function linkAway(key: string): void {
    const away = join(tree.root, `away-${key.replaceAll('/', '-').slice(-60)}`);
    renameSync(tree.at(key), away);
    symlinkSync(away, tree.at(key));
  }

  async function holdsNothing(): Promise<void> {
    assert.equal(await driver.blobs.get(app, digest), undefined);
    assert.equal(await driver.manifests.get(app, digestOf(bytes(document))), undefined);
    assert.equal(await driver.manifests.resolve(app, latest), undefined);
    assert.equal(await driver.manifests.tags(app, { limit: 9 }), undefined);
    assert.deepEqual(await driver.manifests.repositories({ limit: 9 }), []);
  }

  beforeEach(() => {
    tree.layer('team/app', secret);
    tree.manifest('team/app', document, 'latest');
  });

  const manifest = digestOf(bytes(document));
  const bothBlobs = [blobKey(digest), blobKey(manifest)];
  const bothLinks = [linkKey(layersDirectory(app), digest), linkKey(revisionsDirectory(app), manifest)];
  it.each([
    ['files of bytes', bothBlobs],
    ['directories of bytes', bothBlobs.map(dirname)],
    ['links', bothLinks],
    ['directories of links', bothLinks.map(dirname)],
    ['directories of all links', [layersDirectory(app), revisionsDirectory(app)]],
    ['a repository', ['repositories/team/app']],
    ['what is above a repository', ['repositories/team']],
    ['the bytes of an algorithm', ['blobs/sha256']],
  ])('is not there: symbolic links in place of %s', async (_, keys) => {
    assertSameBytes(await pullBlob(driver, app, digest), secret);
    for (const key of keys) linkAway(key);
    await holdsNothing();
  });

  it.each([
    ['of its tags', tagsDirectory(app)],
    ['of a tag', `${tagsDirectory(app)}/latest`],
    ['of what it points at now', `${tagsDirectory(app)}/latest/current`],
  ])('is not there: a symbolic link in place of the directory %s', async (_, key) => {
    linkAway(key);
    assert.equal(await driver.manifests.resolve(app, latest), undefined);
    assert.deepEqual(await driver.manifests.tags(app, { limit: 9 }), []);
  });

  it.each([
    ['pipes', (path: string) => execFileSync('mkfifo', [path])],
    ['directories', (path: string) => mkdirSync(path)],
    ['symbolic links to themselves', (path: string) => symlinkSync(path, path)],
    ['symbolic links to a device', (path: string) => symlinkSync('/dev/zero', path)],
  ])('is not there: %s in place of files', async (_, make) => {
    for (const key of [...bothBlobs, ...bothLinks, tagKey(app, latest)]) {
      rmSync(tree.at(key));
      make(tree.at(key));
    }
    await holdsNothing();
  });

  it('does not lead a list round in circles', async () => {
    symlinkSync('..', tree.at('repositories/team/up'));
    symlinkSync(tree.at('repositories'), tree.at('repositories/team/all'));
    assert.deepEqual(await driver.manifests.repositories({ limit: 99 }), ['team/app']);
    assert.equal(await driver.blobs.get(readName('team/up/team/app'), digest), undefined);
  });

  it('is there where it is the tree, or one of its topmost directories', async () => {
    linkAway('blobs');
    linkAway('repositories');
    assertSameBytes(await pullBlob(driver, app, digest), secret);
    assert.deepEqual(await driver.manifests.repositories({ limit: 9 }), ['team/app']);
    const link = join(tree.root, 'link');
    symlinkSync(tree.root, link);
    assertSameBytes(await pullBlob(distributionDriver({ root: link }), app, digest), secret);
  });
});

describe('a tree', () => {
  const document = text({ schemaVersion: 2, config, layers: [] });

  it('is not changed by anything that a driver is asked for, and refuses what would change it', async () => {
    const digest = tree.manifest('team/app', document, 'latest');
    const layer = tree.layer('team/app', large);
    const before = listed(tree.root);
    const { blobs, uploads, manifests } = driver;
    const changes: readonly (() => Promise<unknown>)[] = [
      () => uploads.create(app, newId(), emptyCheckpoint),
      () => blobs.delete(app, layer),
      () => manifests.put(app, manifestOf(document)),
      () => manifests.delete(app, digest),
      () => manifests.tag(app, readTag('new'), digest),
      () => manifests.untag(app, latest),
      () => manifests.untag(app, latest, digest),
    ];
    for (const change of changes) {
      await assert.rejects(change, (error) => isStorageFault(error) && /is served read-only/.test(error.message));
    }
    const at = { offset: 0 };
    assert.equal(await uploads.get(app, newId()), undefined);
    assert.equal(await uploads.append(app, newId(), at, chunkOf(large, [])), undefined);
    assert.equal(await uploads.read(app, newId(), at), undefined);
    assert.equal(await uploads.delete(app, newId()), false);
    assert.equal(await uploads.commit(app, newId(), at, layer), true);
    assert.equal(await uploads.commit(app, newId(), at, digest), false);
    assert.equal(await blobs.delete(app, digest), false);
    assert.equal(await manifests.delete(app, layer), false);
    assert.equal(await manifests.tag(app, latest, layer), false);
    assert.equal(await manifests.untag(app, readTag('none')), false);
    assert.equal(await manifests.untag(app, latest, layer), false);
    assert.deepEqual(listed(tree.root), before);
  });

  it('is behind a file system that refuses every change', async () => {
    const path = tree.at('blobs');
    const files = createPlainFiles(tree.at(''));
    const changes = [
      () => files.open(join(path, 'new'), 0o101),
      () => files.open(path, 2),
      () => files.mkdir(join(path, 'new')),
      () => files.rename(path, `${path}2`),
      () => files.unlink(path),
      () => files.rmdir(path),
      () => files.rm(path, { recursive: true }),
    ];
    for (const change of changes) await assert.rejects(change, { code: 'EROFS' });
  });

  it('that is missing is a fault before a server listens, and holds nothing', async () => {
    const missing = distributionDriver({ root: join(tree.root, 'docker') });
    await broken(() => missing.prepare(), 'there is no tree of distribution in');
    assert.deepEqual(await missing.manifests.repositories({ limit: 9 }), []);
    await driver.prepare();
  });

  it('is named by an option that is checked', () => {
    expect(() => distributionDriver({ root: '' })).toThrow('distributionDriver: root must be the path of a directory');
    expect(() => distributionDriver({ root: '.', cacheBytes: -1 })).toThrow('cacheBytes must be a number of bytes, or 0');
  });

  it('is pulled from over HTTP: images, indexes and ranges of blobs, with their types and digests', async () => {
    const one = image({ layers: [{ 'bin/app': 'x'.repeat(100_000) }] });
    const all = index({ manifests: [one, image({ format: 'docker', platform: 'linux/arm64' })] });
    tree.content('team/app', all, 'latest');
    const { url, close, logged } = await startRegistry({ driver });
    const ask = (path: string, init = {}) => fetch(`${url}/v2/team/app/${path}`, init);
    const head = await ask('manifests/latest', { method: 'HEAD' });
    expect([head.status, head.headers.get('content-type'), head.headers.get('docker-content-digest')]).toEqual([
      200,
      all.mediaType,
      all.digest,
    ]);
    for (const { digest, mediaType, manifest } of [all, ...all.children]) {
      const reply = await ask(`manifests/${digest}`);
      expect([reply.status, reply.headers.get('content-type')]).toEqual([200, mediaType]);
      assertSameBytes(new Uint8Array(await reply.arrayBuffer()), manifest.bytes);
    }
    for (const { digest, bytes: whole } of one.blobs) {
      const range = await ask(`blobs/${digest}`, { headers: { range: 'bytes=1-' } });
      expect(range.status).toBe(206);
      assertSameBytes(new Uint8Array(await range.arrayBuffer()), whole.subarray(1));
    }
    expect(logged).toEqual([]);
    expect((await ask('blobs/uploads/', { method: 'POST' })).status).toBe(500);
    expect(logged).toMatchObject([{ details: { err: { message: expect.stringContaining('read-only') } } }]);
    await close();
  });
});
