/** Random sequences of commands find drivers that are wrong, say how in a few commands, and are the same each time. */
import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { memoryDriver } from '../../drivers/memory.ts';
import type { Driver, Tag, Upload, UploadId } from '../../lib/driver.ts';
import { type DriverOverrides, overrideDriver } from '../../lib/testing/override-driver.ts';
import { type DriverUnderTest, driverCases } from '../../lib/testing/suite/index.ts';
import { drawSequence } from '../../lib/testing/suite/model/draw-sequence.ts';
import { formatAnswer, shortenDigests } from '../../lib/testing/suite/model/format-answer.ts';
import { digestOf, readTag } from '../../lib/testing/suite/samples.ts';

const folded = (tag: Tag): Tag => readTag(tag.toLowerCase());

/** Mistakes that drivers make, each as what it does instead. */
const mistakes: Readonly<Record<string, (driver: Driver) => DriverOverrides>> = {
  'tags that fold case': ({ manifests }) => ({
    manifests: {
      resolve: (repo, tag) => manifests.resolve(repo, folded(tag)),
      tag: (repo, tag, ...to) => manifests.tag(repo, folded(tag), ...to),
      untag: (repo, tag, ...from) => manifests.untag(repo, folded(tag), ...from),
    },
  }),
  'a mount that takes the blob from wherever it is': ({ blobs }) => ({
    blobs: { mount: async (to, digest) => (await blobs.mount?.(to, digest)) ?? false },
  }),
  'a commit that publishes also what is behind the given place': ({ uploads }) => ({
    uploads: {
      commit: async (repo, id, at, digest) => uploads.commit(repo, id, (await uploads.get(repo, id)) ?? at, digest),
    },
  }),
  'an append wherever the upload stands': ({ uploads }) => ({
    uploads: {
      append: async (repo, id, from, chunk) => uploads.append(repo, id, (await uploads.get(repo, id)) ?? from, chunk),
    },
  }),
  'a deletion that leaves the tags': ({ manifests }) => {
    const left = new Map<string, string[]>();
    return {
      manifests: {
        delete: async (repo, digest) => {
          const before = (await manifests.tags(repo, { limit: 100 })) ?? [];
          const deleted = await manifests.delete(repo, digest);
          const after = (await manifests.tags(repo, { limit: 100 })) ?? [];
          left.set(repo, [...(left.get(repo) ?? []), ...before.filter((tag) => !after.includes(tag))]);
          return deleted;
        },
        tags: async (repo, { limit, after = '' }) => {
          const tags = await manifests.tags(repo, { limit: 100 });
          const all = new Set([...(tags ?? []), ...(left.get(repo) ?? [])]);
          const page = [...all].sort().filter((tag) => tag > after);
          return tags && page.slice(0, limit).map(readTag);
        },
      },
    };
  },
  'repositories in the order of a walk': ({ manifests }) => ({
    manifests: {
      repositories: async ({ limit, after = '' }) => {
        const key = (name: string): string => name.replaceAll('/', '\0');
        const all = await manifests.repositories({ limit: 100 });
        const sorted = [...all].sort((one, other) => (key(one) < key(other) ? -1 : 1));
        return sorted.filter((name) => key(name) > key(after)).slice(0, limit);
      },
    },
  }),
  'tokens that are not looked at': (driver) => withTokens(driver, false),
  'an upload whose digest outlives one without': ({ uploads }) => ({
    uploads: {
      append: async (repo, id, from, chunk) => {
        const reached = await uploads.append(repo, id, from, chunk);
        return reached && { ...from, ...reached };
      },
    },
  }),
};

/** The driver with tokens, which are compared as they should be, or not at all. */
function withTokens({ uploads, blobs }: Driver, compare: boolean): DriverOverrides {
  const versions = new Map<UploadId, number>();
  const stamped = (id: UploadId, upload: Upload | undefined): Upload | undefined =>
    upload && { ...upload, token: { version: versions.get(id) } };
  const stands = (id: UploadId, { token }: Upload): boolean =>
    !compare || isDeepStrictEqual(token, { version: versions.get(id) });
  return {
    uploads: {
      create: async (repo, id, start) => {
        versions.set(id, 1);
        return { ...(await uploads.create(repo, id, start)), token: { version: 1 } };
      },
      get: async (repo, id) => stamped(id, await uploads.get(repo, id)),
      append: async (repo, id, from, chunk) => {
        const reached = stands(id, from) ? await uploads.append(repo, id, from, chunk) : undefined;
        if (reached) versions.set(id, (versions.get(id) ?? 0) + 1);
        return stamped(id, reached);
      },
      commit: async (repo, id, at, digest) =>
        stands(id, at) ? uploads.commit(repo, id, at, digest) : (await blobs.get(repo, digest)) !== undefined,
    },
  };
}

/** What drivers may do one way or another. */
const liberties: Readonly<Record<string, (driver: Driver) => DriverOverrides>> = {
  'tokens that change with every append': (driver) => withTokens(driver, true),
  'a chunk that is pulled before anything is looked at': ({ uploads }) => ({
    uploads: {
      append: async (repo, id, from, chunk) => {
        const steps: (readonly Uint8Array[])[] = [];
        for await (const step of chunk) steps.push(step);
        const again = async function* () {
          yield* steps;
        };
        return uploads.append(repo, id, from, { checkpoint: () => chunk.checkpoint(), [Symbol.asyncIterator]: again });
      },
    },
  }),
  'a commit that ends the upload wherever the blob is there': ({ uploads }) => ({
    uploads: {
      commit: async (repo, id, at, digest) => {
        const committed = await uploads.commit(repo, id, at, digest);
        if (committed) await uploads.delete(repo, id);
        return committed;
      },
    },
  }),
};

/** Runs the random sequences on a driver; what they fail with, if they fail. */
async function failureOf(options: Pick<DriverUnderTest, 'create' | 'amounts' | 'staged'>): Promise<string | undefined> {
  const cases = driverCases({ name: 'a driver', lacks: ['blob.url'], ...options }).filter(({ area }) => area === 'everything');
  const [random] = cases;
  assert.ok(random, 'there are random sequences');
  return random.run().then(
    () => undefined,
    (error: Error) => error.message,
  );
}

const create = (mistake: (driver: Driver) => DriverOverrides) => (): Driver => {
  const driver = memoryDriver();
  return overrideDriver(driver, mistake(driver));
};

/** The number of the sequence and the commands that a failure names. */
function read(message: string | undefined): { number: number; commands: string[] } {
  const number = /^sequence (\d+) of the seed 'stowage'/.exec(message ?? '')?.[1];
  return { number: Number(number), commands: (message ?? '').split('\n').filter((line) => /^ +\d+\. /.test(line)) };
}

describe('random sequences', () => {
  it.each(Object.entries(mistakes))('find %s', async (_, mistake) => {
    const message = await failureOf({ create: create(mistake) });
    const { number, commands } = read(message);
    expect(message).toMatch(/^sequence \d+ of the seed 'stowage': the driver does not answer as the model does/);
    expect(message).toMatch(/the driver answered: .+\n.*the model expected: .+\n.*the contract says: /);
    expect(message).toContain(`amounts: { seed: 'stowage', sequences: ${number} }`);
    expect(commands.length).toBeGreaterThan(0);
    expect(commands.length).toBeLessThanOrEqual(10);
  });

  it.each(Object.entries(liberties))('let pass %s', async (_, liberty) => {
    expect(await failureOf({ create: create(liberty), amounts: { sequences: 1000 } })).toBeUndefined();
  });

  it('are played again as the failure says', async () => {
    const mistake = create(mistakes['tags that fold case'] ?? assert.fail());
    const message = await failureOf({ create: mistake });
    const { number } = read(message);
    expect(await failureOf({ create: mistake, amounts: { seed: 'stowage', sequences: number } })).toBe(message);
    expect(await failureOf({ create: mistake, amounts: { seed: 'stowage', sequences: number - 1 } })).toBeUndefined();
  });

  it('are shown with what the driver threw', async () => {
    const untag = async (): Promise<boolean> => assert.fail('no tag is taken here');
    const message = await failureOf({ create: create(() => ({ manifests: { untag } })) });
    expect(read(message).commands).toEqual([expect.stringContaining('manifests.untag')]);
    expect(message).toMatch(/the driver answered: .*no tag is taken here/);
  });

  it('find what is left when they are over', async () => {
    const left = new WeakMap<Driver, string[]>();
    const forgetful = (): Driver => {
      const driver = memoryDriver();
      const staged: string[] = [];
      const append: Driver['uploads']['append'] = async (repo, id, from, chunk) => {
        staged.push(id);
        const upload = await driver.uploads.append(repo, id, from, chunk);
        staged.pop();
        return upload;
      };
      const wrong = overrideDriver(driver, { uploads: { append } });
      left.set(wrong, staged);
      return wrong;
    };
    const message = await failureOf({ create: forgetful, staged: (driver) => left.get(driver) ?? [] });
    expect(read(message).commands.map((line) => line.replace(/^ +\d+\. |\(.*/g, ''))).toEqual([
      'uploads.create',
      'uploads.append',
    ]);
    expect(message).toMatch(
      /staged\(\) still lists something after every upload has ended, before the driver is closed: 1 in all: upload \d+\n/,
    );
    expect(message).toContain('UploadStore.delete: Ends the upload and drops its bytes');
  });

  it('are the same for the same seed and number, and others for others', () => {
    const lines = (seed: string, number: number) => drawSequence(seed, number, true).map(({ line }) => line);
    expect(lines('one', 1)).toEqual(lines('one', 1));
    expect(lines('one', 1)).toHaveLength(30);
    expect(lines('one', 2)).not.toEqual(lines('one', 1));
    expect(lines('two', 1)).not.toEqual(lines('one', 1));
  });
});

describe('answers', () => {
  it('are the same text exactly if they are the same data', () => {
    expect(formatAnswer({ b: [1, null], a: new Uint8Array([1]), c: undefined })).toBe(
      formatAnswer({ a: Buffer.from([1]), b: [1, null] }),
    );
    const different = [
      undefined,
      null,
      '',
      'undefined',
      0,
      '0',
      false,
      [],
      {},
      [[]],
      [undefined],
      { a: null },
      { a: '1' },
      { a: 1 },
    ];
    expect(new Set(different.map(formatAnswer)).size).toBe(different.length);
    expect(formatAnswer(new Uint8Array([1]))).not.toBe(formatAnswer(new Uint8Array([2])));
  });

  it('are shown with short digests', () => {
    const digest = digestOf(new Uint8Array(0));
    expect(shortenDigests(formatAnswer([digest]))).toBe('["sha256:e3b0c442…"]');
  });
});
