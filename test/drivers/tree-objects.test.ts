/** The manifest store over plain objects: what happens between its steps, and what its pages read. */
import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { manifestKey, tagKey } from '../../drivers/tree/layout.ts';
import { type ConditionalObjects, createManifestStore, type Objects } from '../../drivers/tree/objects.ts';
import { createTagObjects } from '../../drivers/tree/tags.ts';
import { stepsAtOnce } from '../../lib/concurrency.ts';
import type { ManifestStore } from '../../lib/driver.ts';
import { allReferrers, digestOf, manifestOf, readName, readTag, referrerOf, repo } from '../../lib/testing/suite/samples.ts';

const one = manifestOf('{"one":1}');
const two = manifestOf('{"two":2}');
const latest = readTag('latest');

/** One call of an object's method. */
type Call = readonly [method: keyof Objects, key: string];

/** Objects in memory, which tell of every call before they answer it. */
function objectsIn(values: Map<string, Uint8Array>, before: (call: Call) => unknown = () => undefined): ConditionalObjects {
  const is = (key: string, expected: Uint8Array | null | undefined) => {
    const value = values.get(key);
    return (
      expected === undefined ||
      (expected === null || value === undefined ? value === (expected ?? undefined) : Buffer.compare(value, expected) === 0)
    );
  };
  async function* list(prefix: string, after = ''): AsyncGenerator<string> {
    await before(['list', prefix]);
    const below = [...values.keys()].filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
    const names = new Set(below.map((key) => (key.includes('/') ? key.slice(0, key.indexOf('/') + 1) : key)));
    yield* [...names].filter((name) => name > after || (name.endsWith('/') && after.startsWith(name))).sort();
  }
  return {
    has: async (key) => {
      await before(['has', key]);
      return values.has(key);
    },
    prefetch: async (key) => {
      await before(['prefetch', key]);
      return values.has(key);
    },
    get: async (key) => {
      await before(['get', key]);
      return values.get(key);
    },
    getStart: async (key, length) => {
      await before(['getStart', key]);
      const value = values.get(key);
      return value && { bytes: value.subarray(0, length), size: value.length };
    },
    put: async (key, value, expected) => {
      await before(['put', key]);
      const fits = is(key, expected);
      if (fits) values.set(key, value);
      return fits;
    },
    putWhile: async (key, value, meanwhile) => {
      await before(['put', key]);
      values.set(key, value);
      await meanwhile(Promise.resolve());
    },
    delete: async (key, expected) => {
      await before(['delete', key]);
      return is(key, expected) && values.delete(key);
    },
    list,
    async *scan(prefix, after) {
      for await (const name of list(prefix, after)) yield { name };
    },
    holds: async (prefix) => {
      await before(['holds', prefix]);
      return [...values.keys()].some((key) => key.startsWith(prefix));
    },
  };
}

/** The manifest store over these objects. */
const storeIn = (objects: ConditionalObjects): ManifestStore => createManifestStore(objects, createTagObjects(objects));

/** Does something once, before the `turn`th call that fits. */
function once(fits: (call: Call) => boolean, work: () => Promise<unknown>, turn = 1): (call: Call) => Promise<unknown> {
  let seen = 0;
  return async (call) => (fits(call) && ++seen === turn ? work() : undefined);
}

/** Asks both of each call, the first one first. */
const inTurn =
  (first: (call: Call) => Promise<unknown>, second: (call: Call) => Promise<unknown>) =>
  async (call: Call): Promise<void> => {
    await first(call);
    await second(call);
  };

describe('manifestsIn', () => {
  const looksForManifest = ([method, key]: Call) => method === 'has' && key === manifestKey(repo, one.digest);
  const writesTag = ([method, key]: Call) => method === 'put' && key === tagKey(repo, latest);

  for (const [when, fits, turn, tagged] of [
    ['before its writer looks for the manifest is not written', looksForManifest, 1, false],
    ['before it is written goes along with it', writesTag, 1, true],
    ['before its writer looks for the manifest again goes along with it', looksForManifest, 2, true],
  ] as const) {
    it(`a tag whose manifest is deleted ${when}`, async () => {
      const values = new Map<string, Uint8Array>();
      const plain = storeIn(objectsIn(values));
      await plain.put(repo, one);
      await plain.put(repo, two);
      const raced = storeIn(
        objectsIn(
          values,
          once(fits, () => plain.delete(repo, one.digest), turn),
        ),
      );
      assert.equal(await raced.tag(repo, latest, one.digest), tagged);
      assert.equal(values.has(tagKey(repo, latest)), false);
    });
  }

  it('a tag written while its manifest is being deleted is deleted with it', async () => {
    const values = new Map<string, Uint8Array>();
    const plain = storeIn(objectsIn(values));
    await plain.put(repo, one);
    const deletesManifest = ([method, key]: Call) => method === 'delete' && key === manifestKey(repo, one.digest);
    const raced = storeIn(
      objectsIn(
        values,
        once(deletesManifest, () => plain.tag(repo, latest, one.digest)),
      ),
    );
    assert.equal(await raced.delete(repo, one.digest), true);
    assert.deepEqual([...values.keys()], []);
  });

  it('a tag that was moved while its manifest was being deleted stays', async () => {
    const values = new Map<string, Uint8Array>();
    const plain = storeIn(objectsIn(values));
    for (const manifest of [one, two]) await plain.put(repo, manifest);
    await plain.tag(repo, latest, one.digest);
    const deletesTag = ([method, key]: Call) => method === 'delete' && key === tagKey(repo, latest);
    const raced = storeIn(
      objectsIn(
        values,
        once(deletesTag, () => plain.tag(repo, latest, two.digest)),
      ),
    );
    await raced.delete(repo, one.digest);
    assert.equal(await plain.resolve(repo, latest), two.digest);
  });

  for (const [when, fits, turn] of [
    ['before the second look lists the tags', ([method]: Call) => method === 'list', 2],
    ['before the second look reads it', ([method, key]: Call) => method === 'get' && key === tagKey(repo, latest), 1],
    ['before the second look deletes it', ([method, key]: Call) => method === 'delete' && key === tagKey(repo, latest), 1],
  ] as const) {
    it(`a tag of a manifest that was put again after its deletion stays, when it is set ${when}`, async () => {
      const values = new Map<string, Uint8Array>();
      const plain = storeIn(objectsIn(values));
      await plain.put(repo, one);
      // The first tag is one that only the second look can take: its writer has not looked for the manifest again yet.
      const left = new Map(values);
      await storeIn(objectsIn(left)).tag(repo, latest, one.digest);
      const dangling = left.get(tagKey(repo, latest)) ?? assert.fail();
      const deletesManifest = ([method, key]: Call) => method === 'delete' && key === manifestKey(repo, one.digest);
      const leavesTag = once(deletesManifest, async () => void values.set(tagKey(repo, latest), dangling));
      const again = once(
        fits,
        async () => {
          await plain.put(repo, one);
          assert.equal(await plain.tag(repo, latest, one.digest), true);
        },
        turn,
      );
      const raced = storeIn(objectsIn(values, inTurn(leavesTag, again)));
      assert.equal(await raced.delete(repo, one.digest), true);
      assert.equal(await plain.resolve(repo, latest), one.digest);
    });
  }

  it('a tag that is set again stays, though the writer before finds the manifest of that time deleted', async () => {
    const values = new Map<string, Uint8Array>();
    const plain = storeIn(objectsIn(values));
    await plain.put(repo, one);
    const deletesTag = ([method, key]: Call) => method === 'delete' && key === tagKey(repo, latest);
    const removes = once(looksForManifest, async () => void values.delete(manifestKey(repo, one.digest)), 2);
    const again = once(deletesTag, async () => {
      await plain.put(repo, one);
      assert.equal(await plain.tag(repo, latest, one.digest), true);
    });
    const raced = storeIn(objectsIn(values, inTurn(removes, again)));
    await raced.tag(repo, latest, one.digest);
    assert.equal(await plain.resolve(repo, latest), one.digest);
  });

  for (const [what, expected, meanwhile, answer] of [
    ['moved away', one.digest, two.digest, false],
    ['made by somebody else', null, two.digest, false],
    ['made by somebody else as it should be', null, one.digest, false],
  ] as const) {
    it(`a conditional write of a tag that was ${what} between its look and its write is ${answer}`, async () => {
      const values = new Map<string, Uint8Array>();
      const plain = storeIn(objectsIn(values));
      for (const manifest of [one, two]) await plain.put(repo, manifest);
      if (expected !== null) await plain.tag(repo, latest, expected);
      const raced = storeIn(
        objectsIn(
          values,
          once(writesTag, () => plain.tag(repo, latest, meanwhile)),
        ),
      );
      assert.equal(await raced.tag(repo, latest, two.digest, expected), answer);
      assert.equal(await plain.resolve(repo, latest), meanwhile);
    });
  }

  it('a page of repositories reads nothing at or before its marker, and little after its end', async () => {
    const values = new Map<string, Uint8Array>();
    const names = Array.from({ length: 50 }, (_, at) => readName(`team${String(at).padStart(2, '0')}/app/sub`));
    for (const name of names) await storeIn(objectsIn(values)).put(name, one);
    const read: string[] = [];
    const store = storeIn(objectsIn(values, ([, key]) => read.push(key)));
    assert.deepEqual(await store.repositories({ after: 'team40/app', limit: 2 }), names.slice(40, 42));
    const teams = new Set(read.map((key) => key.split('/')[1]).filter(Boolean));
    assert.deepEqual([...teams], ['team40', 'team41', 'team42']);
  });

  it('a page of referrers reads few more entries than it has', async () => {
    const values = new Map<string, Uint8Array>();
    const subject = digestOf(new Uint8Array(0));
    for (let at = 0; at < 100; at++) await storeIn(objectsIn(values)).put(repo, referrerOf(`{"at":${at}}`, subject));
    let reads = 0;
    const store = storeIn(objectsIn(values, ([method]) => (method === 'get' ? reads++ : undefined)));
    const first = await store.referrers(repo, subject, { limit: 40 });
    assert.equal(first.length, 40);
    assert.ok(reads <= 40 + stepsAtOnce, `${reads} were read`);
    assert.equal((await allReferrers({ manifests: store }, repo, subject)).length, 100);
  });

  it('a page of large referrers ends at a mebibyte', async () => {
    const values = new Map<string, Uint8Array>();
    const subject = digestOf(new Uint8Array(0));
    const store = storeIn(objectsIn(values));
    for (let at = 0; at < 8; at++) await store.put(repo, referrerOf(`{"${at}":"${'x'.repeat(300_000)}"}`, subject));
    assert.equal((await store.referrers(repo, subject, { limit: 100 })).length, 4);
    assert.equal((await allReferrers({ manifests: store }, repo, subject)).length, 8);
  });

  for (const size of [300_000, 1_200_000]) {
    it(`referrers of ${size} bytes each are read a few times at most, however many pages they fill`, async () => {
      const values = new Map<string, Uint8Array>();
      const subject = digestOf(new Uint8Array(0));
      let read = 0;
      const counted = ([method, key]: Call) => {
        if (method === 'get' && key.includes('_referrers')) read++;
      };
      const store = storeIn(objectsIn(values, counted));
      for (let at = 0; at < 40; at++) await store.put(repo, referrerOf(`{"${at}":"${'x'.repeat(size)}"}`, subject));
      assert.equal((await allReferrers({ manifests: store }, repo, subject)).length, 40);
      assert.ok(read <= 40 * 4, `40 referrers took ${read} reads`);
    });
  }

  it('a page of referrers is full where entries in between are left of manifests that are gone', async () => {
    const values = new Map<string, Uint8Array>();
    const subject = digestOf(new Uint8Array(0));
    const store = storeIn(objectsIn(values));
    const referrers = Array.from({ length: 100 }, (_, at) => referrerOf(`{"at":${at}}`, subject));
    for (const each of referrers) await store.put(repo, each);
    const sorted = referrers.map(({ digest }) => digest).sort();
    for (const digest of sorted.slice(0, 90)) values.delete(manifestKey(repo, digest));
    const page = await store.referrers(repo, subject, { limit: 5 });
    assert.deepEqual(
      page.map(({ digest }) => digest),
      sorted.slice(90, 95),
    );
  });

  it('a manifest is described from the first bytes of its object, whatever its size and that of its referrer entry', async () => {
    const values = new Map<string, Uint8Array>();
    const large = referrerOf(`{"long":"${'x'.repeat(100_000)}"}`, one.digest);
    const calls: Call[] = [];
    const store = storeIn(objectsIn(values, (call) => calls.push(call)));
    await store.put(repo, large);
    calls.length = 0;
    assert.deepEqual(await store.describe?.(repo, large.digest), { mediaType: large.mediaType, size: large.bytes.length });
    assert.deepEqual(calls, [['getStart', manifestKey(repo, large.digest)]]);
  });

  for (const text of ['{"short":1}', `{"long":"${'x'.repeat(5000)}"}`]) {
    it(`a manifest that 0.1 stored with its referrer entry in its first line is read: ${text.slice(0, 9)}`, async () => {
      const { digest, bytes, ...about } = referrerOf(text, one.digest);
      const line = JSON.stringify({ ...about, size: bytes.length });
      const object = Uint8Array.from(Buffer.concat([Buffer.from(`${line}\n`), bytes]));
      const store = storeIn(objectsIn(new Map([[manifestKey(repo, digest), object]])));
      assert.deepEqual(await store.get(repo, digest), { digest, bytes, ...about });
      assert.deepEqual(await store.describe?.(repo, digest), { mediaType: about.mediaType, size: bytes.length });
    });
  }

  for (const length of [0, 10, 80, 300]) {
    it(`a manifest of which ${length} bytes are left is damaged, for who reads and who describes it`, async () => {
      const values = new Map<string, Uint8Array>();
      const store = storeIn(objectsIn(values));
      const { digest } = manifestOf(`{"long":"${'x'.repeat(5000)}"}`);
      await store.put(repo, manifestOf(`{"long":"${'x'.repeat(5000)}"}`));
      const key = manifestKey(repo, digest);
      values.set(key, (values.get(key) ?? new Uint8Array()).subarray(0, length));
      await assert.rejects(store.get(repo, digest), /is damaged$/);
      await assert.rejects(async () => store.describe?.(repo, digest), /is damaged$/);
    });
  }
});

describe('a call whose signal is aborted goes no further', () => {
  const reason = new Error('not needed any longer');
  const many = 500;
  const [before, most] = [20, 20 + 2 * stepsAtOnce];

  const rows: readonly (readonly [string, keyof Objects, (store: ManifestStore, signal: AbortSignal) => Promise<unknown>])[] = [
    ['tags, as it lists them', 'list', (store, signal) => store.tags(repo, { limit: many }, signal)],
    ['referrers, as it reads them', 'get', (store, signal) => store.referrers(repo, one.digest, { limit: many }, signal)],
    ['repositories, as it lists them', 'scan', (store, signal) => store.repositories({ limit: many }, signal)],
    ['repositories, as it looks what they hold', 'holds', (store, signal) => store.repositories({ limit: many }, signal)],
    ['delete, as it lists tags', 'scan', (store, signal) => store.delete(repo, one.digest, signal)],
  ];

  it.each(rows)('%s', async (_, counted, call) => {
    const values = new Map<string, Uint8Array>();
    const plain = storeIn(objectsIn(values));
    await plain.put(repo, one);
    for (let number = 0; number < many; number++) {
      await plain.put(repo, referrerOf(String(number), one.digest));
      await plain.tag(repo, readTag(`t${number}`), one.digest);
      await plain.put(readName(`r${number}`), two);
    }
    const controller = new AbortController();
    let steps = 0;
    const step = (method: keyof Objects): void => {
      if (method === counted && ++steps === before) controller.abort(reason);
    };
    const objects = objectsIn(values, ([method]) => (method === 'list' ? undefined : step(method)));
    const stepping: ConditionalObjects = {
      ...objects,
      async *list(...given) {
        for await (const name of objects.list(...given)) {
          step('list');
          yield name;
        }
      },
      async *scan(...given) {
        for await (const entry of objects.scan(...given)) {
          step('scan');
          yield entry;
        }
      },
    };
    await assert.rejects(call(storeIn(stepping), controller.signal), (error) => error === reason);
    assert.ok(steps <= most, `${steps} steps were made`);
    assert.ok(values.has(manifestKey(repo, one.digest)));
  });
});
