/** Places of each form, empty, for the length of a test. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { memoryDriver } from '../../../drivers/memory.ts';
import type { Content } from '../../../lib/testing/fixture/index.ts';
import { archive, copy, dockerArchive, layout, type Place, registry, storage } from '../../../lib/transfer/index.ts';
import { startForTest } from '../fixture.ts';
import { writeContents } from '../layout.ts';

/** A folder that is removed when the test has finished. */
export async function folderForTest(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'stowage-transfer-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

const logins = { users: { ann: 'secret' } } as const;
const credentials = { username: 'ann', password: 'secret' };

/** Every form of a place, as what makes an empty one. */
export const forms = {
  layout: async () => layout(join(await folderForTest(), 'layout')),
  'archive of a layout': async () => archive(join(await folderForTest(), 'archive.tar')),
  'archive of docker save': async () => dockerArchive(join(await folderForTest(), 'saved.tar'), { repository: 'team/app' }),
  storage: async () => storage(memoryDriver(), 'team/app'),
  registry: async () => registry(`${(await startForTest()).url}/team/app`),
  'registry with passwords': async () =>
    registry(`${(await startForTest({ auth: { scheme: 'basic', ...logins } })).url}/team/app`, { credentials }),
  'registry with tokens': async () =>
    registry(`${(await startForTest({ auth: { scheme: 'bearer', ...logins } })).url}/team/app`, { credentials }),
  'registry without referrers': async () =>
    registry(`${(await startForTest({ behaviours: ['no-referrers', 'no-digest-headers', 'small-pages'] })).url}/team/app`),
} as const satisfies Readonly<Record<string, () => Promise<Place>>>;

/** A layout with these contents. */
export async function layoutWith(contents: Readonly<Record<string, Content>>): Promise<Place> {
  const folder = await folderForTest();
  await writeContents(folder, contents);
  return layout(folder);
}

/** Everything that a place has, by tag: digests of the manifests, and of all that was read of them, each of which was computed. */
export async function contentsOf(place: Place, referrers = false): Promise<ReadonlyMap<string | undefined, string>> {
  const driver = memoryDriver();
  const { references } = await copy(place, storage(driver, 'read'), { allTags: true, referrers });
  return new Map(references.map(({ tag, digest }) => [tag, digest]));
}
