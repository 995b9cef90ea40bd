/** Trees of distribution that are moved into a directory of the fs driver: what is there afterwards, however often, and what is not. */
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { lstatSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { link } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { blobKey, layersDirectory, linkKey, revisionsDirectory, tagKey } from '../../drivers/distribution/layout.ts';
import { adoptDistributionTree, distributionDriver } from '../../drivers/distribution.ts';
import { fsDriver } from '../../drivers/fs.ts';
import { contentKey } from '../../drivers/tree/layout.ts';
import type { Digest, Driver, RepositoryName } from '../../lib/driver.ts';
import { artifact, type Content, image, index } from '../../lib/testing/fixture/index.ts';
import { allReferrers, bytes, digestOf, pullBlob, readName, readTag, sample } from '../../lib/testing/suite/samples.ts';
import { makeTree, type WrittenTree } from '../support/drivers/distribution-tree.ts';
import { broken } from '../support/drivers/on-disk.ts';

vi.mock('node:fs/promises', async (original) => {
  const actual = await original<typeof import('node:fs/promises')>();
  return { ...actual, link: vi.fn(actual.link) };
});

const app = readName('team/app');
const latest = readTag('latest');
const one = image({ layers: [{ 'bin/app': 'x'.repeat(100_000) }, { 'etc/motd': 'hello' }] });
const all = index({ manifests: [one, image({ format: 'docker', platform: 'linux/arm64' })] });
const sbom = artifact({ type: 'application/spdx+json', files: { 'sbom.json': '{}' }, subject: one });
const blobs = [...all.children.flatMap((child) => child.blobs), ...sbom.blobs].map(({ digest }) => digest);
const distinctBlobs = new Set(blobs).size;

let tree: WrittenTree;
let root: string;

beforeEach(() => {
  tree = makeTree();
  root = join(mkdtempSync(join(tmpdir(), 'stowage-')), 'data');
  tree.content('team/app', all, 'latest', 'v1');
  tree.content('team/app', sbom);
  tree.content('team/app/nested', one, 'latest');
  tree.content('team', one);
  tree.write('repositories/team/app/_uploads/1/data', 'never finished');
});
afterEach(() => {
  tree.remove();
  rmSync(join(root, '..'), { recursive: true, force: true });
});

const adopt = (options: Partial<Parameters<typeof adoptDistributionTree>[0]> = {}) =>
  adoptDistributionTree({ from: tree.root, to: { root }, ...options });
const whole = { repositories: 3, manifests: 6, tags: 3, skipped: 0, problems: [] };

/** All names below a directory, with what tells whether they were changed. A second name of a file changes its ctime. */
function listed(directory: string, times: readonly ('mtimeMs' | 'ctimeMs')[] = ['mtimeMs']): unknown[] {
  const names = readdirSync(directory, { recursive: true }).map(String).sort();
  return names.map((name) => {
    const stats = lstatSync(join(directory, name));
    return [name, stats.ino, stats.size, stats.mode, ...times.map((time) => stats[time])];
  });
}

/** All that a driver holds: bytes and types of manifests, tags, referrers, and the bytes of these blobs. */
async function contentOf({ manifests, blobs: store }: Driver, digests: readonly Digest[]): Promise<unknown> {
  const manifestsOf = async (repo: RepositoryName) =>
    Promise.all(
      digests.map(async (digest) => {
        const found = await manifests.get(repo, digest);
        const blob = await pullBlob({ blobs: store, manifests } as Driver, repo, digest);
        return {
          digest,
          manifest: found && { ...found, bytes: digestOf(found.bytes) },
          blob: blob && digestOf(blob),
          referrers: await allReferrers({ manifests }, repo, digest),
        };
      }),
    );
  const tagsOf = async (repo: RepositoryName) =>
    Promise.all(
      ((await manifests.tags(repo, { limit: 99 })) ?? []).map(async (tag) => [tag, await manifests.resolve(repo, tag)]),
    );
  const repositories = await manifests.repositories({ limit: 99 });
  return Promise.all(repositories.map(async (repo) => [repo, await tagsOf(repo), await manifestsOf(repo)]));
}

const digestsOf = ({ digest, children }: Content): Digest[] => [digest, ...children.flatMap(digestsOf)];
const everything = [...new Set([...blobs, ...digestsOf(all), sbom.digest])];

async function assertMoved(): Promise<void> {
  const moved = fsDriver({ root });
  assert.deepEqual(await contentOf(moved, everything), await contentOf(distributionDriver({ root: tree.root }), everything));
  await moved.close();
  // What is only there while something is written.
  const left = ['staging', 'instances'].flatMap((name) => {
    try {
      return readdirSync(join(root, name));
    } catch {
      return [];
    }
  });
  assert.deepEqual(left, []);
}

describe('a tree that is moved', () => {
  it('is all there, by second names of its files, and is not changed', async () => {
    const before = listed(tree.root);
    const report = await adopt();
    assert.deepEqual(report, { ...whole, linked: distinctBlobs, copied: 0, present: 0, copiedBytes: 0 });
    await assertMoved();
    for (const digest of blobs) {
      const [old, moved] = [statSync(tree.at(blobKey(digest))), statSync(join(root, contentKey(digest)))];
      assert.deepEqual([moved.ino, moved.nlink], [old.ino, 2]);
    }
    assert.deepEqual(listed(tree.root), before);
  });

  it('is still there when the old one is removed', async () => {
    await adopt();
    const expected = await contentOf(distributionDriver({ root: tree.root }), everything);
    tree.remove();
    assert.deepEqual(await contentOf(fsDriver({ root }), everything), expected);
  });

  it('can be moved again, which changes nothing', async () => {
    await adopt();
    const before = listed(join(root, 'content'), ['mtimeMs', 'ctimeMs']);
    const report = await adopt({ verify: true });
    assert.deepEqual(report, { ...whole, linked: 0, copied: 0, present: distinctBlobs, copiedBytes: 0 });
    assert.deepEqual(listed(join(root, 'content'), ['mtimeMs', 'ctimeMs']), before);
    await assertMoved();
  });

  it('gets what an interruption left out between a manifest and its entry among the referrers', async () => {
    await adopt();
    rmSync(join(root, 'repositories/team/app/_referrers'), { recursive: true });
    await adopt();
    await assertMoved();
  });

  it('is copied where there can be no second names', async () => {
    for (const code of ['EXDEV', 'EPERM', 'EMLINK']) {
      rmSync(root, { recursive: true, force: true });
      vi.mocked(link).mockImplementation(async () => Promise.reject(Object.assign(new Error(code), { code })));
      const report = await adopt().finally(() => vi.mocked(link).mockReset());
      const copiedBytes = [...new Set(blobs)].reduce((sum, digest) => sum + statSync(tree.at(blobKey(digest))).size, 0);
      assert.deepEqual(report, { ...whole, linked: 0, copied: distinctBlobs, present: 0, copiedBytes });
      await assertMoved();
      assert.equal(statSync(tree.at(blobKey(blobs[0] as Digest))).nlink, 1);
    }
  });

  it('is not moved where links fail in another way', async () => {
    vi.mocked(link).mockImplementation(async () => Promise.reject(Object.assign(new Error('EIO'), { code: 'EIO' })));
    await broken(() => adopt(), 'EIO').finally(() => vi.mocked(link).mockReset());
    await adopt();
    await assertMoved();
  });

  it('is whole when it is moved again after it was interrupted, wherever that was', async () => {
    const to = { root, durability: 'none' } as const;
    let steps = 0;
    await adopt({ to, onProgress: () => steps++ });
    assert.ok(steps > 6);
    for (let last = 0; last < steps; last++) {
      rmSync(root, { recursive: true });
      const controller = new AbortController();
      let step = 0;
      const onProgress = () => (step++ === last ? controller.abort(new Error('enough')) : undefined);
      await adopt({ to, signal: controller.signal, onProgress }).then(
        () => assert.equal(last, steps - 1),
        (error: unknown) => assert.equal(error instanceof Error && error.message, 'enough'),
      );
      await adopt({ to });
      await assertMoved();
    }
  });

  it('is not begun with a signal that was aborted', async () => {
    await assert.rejects(() => adopt({ signal: AbortSignal.abort() }), { name: 'AbortError' });
    assert.deepEqual(await fsDriver({ root }).manifests.repositories({ limit: 9 }), []);
  });

  it('is told of as it goes', async () => {
    const told: string[] = [];
    await adopt({
      onProgress: ({ repository, repositories, manifests }) => told.push(`${repository} ${repositories} ${manifests}`),
    });
    assert.equal(told[0], 'team 0 0');
    assert.equal(told.at(-1), 'team/app/nested 3 6');
  });
});

describe('a process that is killed while it moves a tree', () => {
  it('leaves what the next one makes whole', async () => {
    for (const step of [0, 1, 3, 5]) {
      rmSync(root, { recursive: true, force: true });
      const code = `
        import { adoptDistributionTree } from '${join(import.meta.dirname, '../../drivers/distribution.ts')}';
        let step = 0;
        const onProgress = () => step++ === ${step} && process.kill(process.pid, 'SIGKILL');
        await adoptDistributionTree({ from: '${tree.root}', to: { root: '${root}', durability: 'none' }, onProgress });
      `;
      const words = ['--import', join(import.meta.dirname, '../support/typescript.mjs'), '--input-type=module', '-e', code];
      const signal = await new Promise((resolve) => {
        execFile(process.execPath, words, (error) => resolve(error?.signal));
      });
      assert.equal(signal, 'SIGKILL');
      const report = await adopt();
      assert.deepEqual({ ...report, linked: 0, present: 0 }, { ...whole, linked: 0, copied: 0, present: 0, copiedBytes: 0 });
      const sweeping = fsDriver({ root });
      await sweeping.uploads.expire?.(new Date(0));
      await sweeping.close();
      await assertMoved();
    }
  }, 60_000);
});

describe('what is damaged', () => {
  it('is skipped and named, and the rest is moved', async () => {
    const [layer, lost] = [one.blobs[0]?.digest, one.blobs[1]?.digest] as [Digest, Digest];
    const nested = readName('team/app/nested');
    const text = tree.manifest('team/app', 'no manifest', 'text');
    const zeros = digestOf(bytes('zeros'));
    tree.write(blobKey(zeros), JSON.stringify({ schemaVersion: 2, config: {} }));
    tree.write(linkKey(revisionsDirectory(app), zeros), zeros);
    tree.tag('team/app', 'zeros', zeros);
    tree.tag('team/app', 'deleted', digestOf(bytes('deleted')));
    tree.write(tagKey(app, readTag('garbage')), 'x'.repeat(2 ** 20));
    tree.write(linkKey(layersDirectory(app), layer), '');
    tree.write(linkKey(revisionsDirectory(nested), one.digest), sbom.digest);
    rmSync(tree.at(blobKey(lost)));
    const { problems, ...counts } = await adopt();
    const inOrder = (named: readonly (readonly [string, string])[]) =>
      [...named].map(([path, reason]) => `${reason} ${path}`).sort();
    assert.deepEqual(
      inOrder(problems.map(({ path, reason }) => [path, reason])),
      inOrder([
        [linkKey(layersDirectory(app), layer), 'damaged-link'],
        ...[app, nested, readName('team')].map((repo) => [linkKey(layersDirectory(repo), lost), 'missing-bytes'] as const),
        [linkKey(revisionsDirectory(nested), one.digest), 'damaged-link'],
        [linkKey(revisionsDirectory(app), text), 'no-manifest'],
        [tagKey(app, readTag('text')), 'missing-manifest'],
        [blobKey(zeros), 'wrong-digest'],
        [tagKey(app, readTag('zeros')), 'missing-manifest'],
        [tagKey(app, readTag('deleted')), 'missing-manifest'],
        [tagKey(app, readTag('garbage')), 'damaged-link'],
        [tagKey(nested, latest), 'missing-manifest'],
      ]),
    );
    assert.equal(counts.skipped, problems.length);
    const moved = fsDriver({ root });
    assert.equal(await moved.manifests.resolve(app, latest), all.digest);
    assert.equal(await moved.blobs.get(app, layer), undefined);
    assert.ok(await moved.blobs.get(nested, layer));
    await moved.close();
  });

  it('is found by reading all bytes, where that is wished for', async () => {
    const digest = one.blobs[0]?.digest as Digest;
    writeFileSync(tree.at(blobKey(digest)), sample(10));
    assert.equal((await adopt()).skipped, 0);
    rmSync(root, { recursive: true });
    const { problems, linked } = await adopt({ verify: true });
    assert.deepEqual(problems, [{ path: blobKey(digest), reason: 'wrong-digest' }]);
    assert.equal(linked, distinctBlobs - 1);
    assert.equal(await fsDriver({ root }).blobs.get(app, digest), undefined);
  });

  it('is not what lies outside of the tree: links and pipes lead nowhere', async () => {
    const digest = one.blobs[0]?.digest as Digest;
    const away = join(tree.root, 'away');
    writeFileSync(away, sample(10));
    rmSync(tree.at(blobKey(digest)));
    symlinkSync(away, tree.at(blobKey(digest)));
    symlinkSync(tree.at('repositories'), tree.at('repositories/team/app/again'));
    execFileSync('mkfifo', [tree.at('repositories/team/app/_manifests/tags/v1/link')]);
    rmSync(tree.at(tagKey(app, latest)));
    execFileSync('mkfifo', [tree.at(tagKey(app, latest))]);
    const { problems, repositories, tags } = await adopt();
    assert.deepEqual([repositories, tags], [3, 2]);
    assert.deepEqual(new Set(problems.map(({ reason }) => reason)), new Set(['missing-bytes']));
    assert.equal(statSync(away).nlink, 1);
  });
});

describe('what is in the directory already', () => {
  it('stays: tags that point elsewhere are moved where that is wished for', async () => {
    await adopt();
    const moved = fsDriver({ root });
    await moved.manifests.tag(app, latest, one.digest);
    const { problems, tags } = await adopt();
    assert.deepEqual([problems, tags], [[{ path: tagKey(app, latest), reason: 'other-tag' }], 2]);
    assert.equal(await moved.manifests.resolve(app, latest), one.digest);
    assert.deepEqual((await adopt({ tags: 'move' })).problems, []);
    assert.equal(await moved.manifests.resolve(app, latest), all.digest);
    await moved.close();
  });

  it('may be the driver that serves it, and what the old registry has pushed since is taken over', async () => {
    const served = fsDriver({ root });
    await adopt();
    assert.deepEqual(await served.manifests.tags(app, { limit: 9 }), ['latest', 'v1']);
    const more = image({ layers: [{ a: 'b' }] });
    tree.content('team/app', more, 'v2');
    unlinkSync(tree.at(tagKey(app, readTag('v1'))));
    await adopt();
    assert.deepEqual(await served.manifests.tags(app, { limit: 9 }), ['latest', 'v1', 'v2']);
    assert.equal(await served.manifests.resolve(app, readTag('v2')), more.digest);
    assert.equal(await served.blobs.mount?.(readName('other'), more.blobs[0]?.digest as Digest, app), true);
    await served.close();
  });
});

describe('an adoption', () => {
  it('refuses a directory that lies in the tree, by whichever path', async () => {
    const before = listed(tree.root);
    const link = join(root, '..', 'link');
    symlinkSync(tree.root, link);
    for (const path of [tree.at(''), tree.at('new/data'), join(link, 'docker/registry/v2/new')]) {
      await assert.rejects(() => adopt({ to: { root: path } }), /to.root lies in the tree of from/);
    }
    assert.deepEqual(listed(tree.root), before);
  });

  it('takes a directory beside the tree, as in the same folder', async () => {
    await adopt({ to: { root: tree.root } });
    assert.deepEqual(await fsDriver({ root: tree.root }).manifests.tags(app, { limit: 9 }), ['latest', 'v1']);
  });

  it('refuses a tree that is missing, and makes nothing', async () => {
    await broken(() => adopt({ from: join(tree.root, 'docker') }), 'there is no tree of distribution');
    expect(() => statSync(root)).toThrow('ENOENT');
  });

  it('lists all that is wrong with its options', async () => {
    const wrong = { from: '', to: { root: '', fs: {} }, tags: 'all', verify: 1, more: 1 };
    await assert.rejects(
      async () => adoptDistributionTree(wrong as never),
      (error: Error) =>
        ['from must be', 'to is wrong', "there is no option 'fs'", 'tags must be', 'verify must', "'more'"].every((words) =>
          error.message.includes(words),
        ),
    );
  });
});
