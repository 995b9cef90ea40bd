/** The program of a process that does with an fs driver what it is asked. Bundled by `separate-process.ts`. */
import { setTimeout } from 'node:timers/promises';
import { fsDriver } from '../../../drivers/fs.ts';
import type { Digest, Tag, Upload, UploadId } from '../../../lib/driver.ts';
import {
  chunkOf,
  digestOf,
  emptyCheckpoint,
  pullBlob,
  pushBlob,
  readName,
  repo,
  sample,
} from '../../../lib/testing/suite/samples.ts';

const [, , root = ''] = process.argv;
const driver = fsDriver({ root, durability: 'none' });

/** What is asked. Every upload gets the bytes of one sample. */
interface Asked {
  readonly turn: number;
  readonly what: keyof typeof answers;
  readonly id: UploadId;
  readonly size: number;
  readonly from: Upload;
  readonly to: number;
  readonly tag: Tag;
  readonly digest: Digest;
  readonly expected?: Digest | null;
  readonly before: number;
  readonly milliseconds: number;
  readonly digests: readonly Digest[];
}

const whole = sample(2_000_000);

const answers = {
  create: ({ id }: Asked) => driver.uploads.create(repo, id, emptyCheckpoint),
  get: ({ id }: Asked) => driver.uploads.get(repo, id),
  append: ({ id, from, to }: Asked) =>
    driver.uploads.append(repo, id, from, chunkOf(whole.subarray(0, from.offset), [[whole.subarray(from.offset, to)]])),
  /** Writes something, and then waits to be ended or for a second. */
  stall: ({ id, from, to }: Asked) => {
    const say = async () => {
      await setTimeout(50);
      process.send?.('stalled');
      await setTimeout(1000);
    };
    const steps = [[whole.subarray(from.offset, to)], [new Uint8Array(0)], say, [whole.subarray(to, to + 10)]];
    return driver.uploads.append(repo, id, from, chunkOf(whole.subarray(0, from.offset), steps));
  },
  commit: ({ id, from }: Asked) => driver.uploads.commit(repo, id, from, digestOf(whole.subarray(0, from.offset))),
  delete: ({ id }: Asked) => driver.uploads.delete(repo, id),
  expire: ({ before }: Asked) => driver.uploads.expire?.(new Date(before)),
  has: async ({ size }: Asked) => (await pullBlob(driver, repo, digestOf(whole.subarray(0, size))))?.length,
  tag: ({ tag, digest, expected }: Asked) =>
    expected === undefined ? driver.manifests.tag(repo, tag, digest) : driver.manifests.tag(repo, tag, digest, expected),
  /** Puts something into a repository and deletes it, again and again, and says how often. */
  empty: async ({ milliseconds }: Asked) => {
    const end = Date.now() + milliseconds;
    const app = readName('library/app');
    let turns = 0;
    for (; Date.now() < end; turns++) {
      const digest = await pushBlob(driver, app, sample(20, `emptied ${turns}`));
      if (!(await driver.blobs.delete(app, digest))) throw new Error(`the blob of turn ${turns} is gone`);
    }
    return turns;
  },
  /**
   * Six writers create, move and delete one tag, each on the condition that it is as it was read. How often it was changed from where
   * to where, as `from to`; an absent tag is `-`.
   */
  contend: async ({ tag, digests, milliseconds }: Asked) => {
    const end = Date.now() + milliseconds;
    const changes: Record<string, number> = {};
    const any = (): Digest | undefined => digests[Math.floor(Math.random() * digests.length)];
    const write = async (): Promise<void> => {
      const from = await driver.manifests.resolve(repo, tag);
      const to = Math.random() < 0.3 ? undefined : any();
      if (from === undefined && to === undefined) return;
      const changed =
        to === undefined ? driver.manifests.untag(repo, tag, from) : driver.manifests.tag(repo, tag, to, from ?? null);
      if (!(await changed)) return;
      const change = `${from ?? '-'} ${to ?? '-'}`;
      changes[change] = (changes[change] ?? 0) + 1;
    };
    const writer = async (): Promise<void> => {
      while (Date.now() < end) await write();
    };
    await Promise.all(Array.from({ length: 6 }, writer));
    return changes;
  },
  untag: ({ tag, digest }: Asked) => driver.manifests.untag(repo, tag, digest),
};

process.on('message', async (asked: Asked) => {
  try {
    process.send?.({ turn: asked.turn, value: await answers[asked.what](asked) });
  } catch (error) {
    process.send?.({ turn: asked.turn, error: error instanceof Error ? `${error.message}` : String(error) });
  }
});
process.on('disconnect', () => process.exit());
process.send?.('ready');
