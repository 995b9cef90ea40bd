/** The rules of manifests, tags and referrers. */
import assert from 'node:assert/strict';
import { formats } from '../../../api/formats.ts';
import type { Descriptor, Digest, Driver, Manifest } from '../../../driver.ts';
import type { Definition } from '../definition.ts';
import {
  allReferrers,
  assertSameBytes,
  bytes,
  definedMembers,
  digestOf,
  manifestOf,
  other,
  readName,
  readTag,
  referrerOf,
  repo,
} from '../samples.ts';

const one = manifestOf('{"one":1}');
const two = manifestOf('{"two":2}');
const latest = readTag('latest');
const absent = digestOf(bytes('absent'));

/** Asserts that a manifest comes back as it was stored. */
async function assertStored(driver: Driver, manifest: Manifest): Promise<void> {
  const found = await driver.manifests.get(repo, manifest.digest);
  assert.ok(found, 'the manifest is absent');
  assertSameBytes(found.bytes, manifest.bytes);
  const { bytes: _, ...about } = manifest;
  const { bytes: __, ...foundAbout } = found;
  assert.deepEqual(definedMembers(foundAbout), about);
  await assertDescribed(driver, manifest);
}

/** Asserts that a manifest is described as it was stored, by a driver that describes manifests. */
async function assertDescribed(driver: Driver, { digest, mediaType, bytes }: Manifest): Promise<void> {
  if (!driver.manifests.describe) return;
  const description = await driver.manifests.describe(repo, digest);
  assert.deepEqual(description && { ...description }, { mediaType, size: bytes.length }, 'describe() tells what get() gives');
}

async function referrers(driver: Driver, subject: Digest, after?: Digest): Promise<Digest[]> {
  return (await allReferrers(driver, repo, subject, after)).map(({ digest }) => digest);
}

/** Referrers of one subject, in every algorithm, in the order of their digests. */
const manyReferrers = (['sha512', 'sha256', 'sha384'] as const)
  .flatMap((algorithm) => ['a', 'b', 'c', 'd', 'e'].map((text) => referrerOf(`{"${text}":1}`, one.digest, algorithm)))
  .sort((a, b) => (a.digest < b.digest ? -1 : 1));

/** What JSON can say of a referrer and storages lose: those that take JSON apart, those that fold or check text, those with small numbers. */
const carried: Readonly<Record<string, Partial<Descriptor>>> = {
  'U+0000': { artifactType: 'a\0b', annotations: { 'key\0': 'value\0', '\0': '' } },
  'lone surrogates': { artifactType: '\udfff', annotations: { high: 'a\ud800', '\udc00b': 'low', backwards: '\udc00\ud800' } },
  'characters of all planes': { annotations: { '\u{1d518}': '\u{1f680}\u{10ffff}\ufffe\ufffd' } },
  'an empty key': { annotations: { '': '', ' ': ' ' } },
  'no annotations but an object': { annotations: {} },
  'keys that every object inherits': {
    annotations: Object.fromEntries(['__proto__', 'constructor', 'hasOwnProperty', 'toJSON'].map((key) => [key, 'own'])),
  },
  'keys that differ by case, normalization or spaces': {
    annotations: {
      '\u00e9': '1',
      'e\u0301': '2',
      A: '3',
      a: '4',
      '\ufb01': '5',
      fi: '6',
      ' a': '7',
      'a ': '8',
      '\u212b': '9',
      '\u00c5': '10',
    },
  },
  'keys that look like numbers': { annotations: { '10': 'a', '9': 'b', '01': 'c', '1e1': 'd', '-0': 'e' } },
  'text that looks like statements, paths and escapes': {
    annotations: {
      "'; --": '"',
      $where: '$1',
      'a.b': '../..',
      '%00': '\\u0000',
      '\u2028': '\r\n\t\u001b\u007f',
      '\ufeff': '<!--',
    },
  },
  'a size of more than 32 bits': { size: 2 ** 40 + 1 },
  'the largest size': { size: Number.MAX_SAFE_INTEGER },
  'long annotations': { annotations: { ['k'.repeat(10_000)]: 'v'.repeat(100_000) } },
};

/** Manifests of every media type that clients send, and of one that is made up. */
const ofManyTypes = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/x.made-up',
].map((text): Manifest => {
  const mediaType = formats.mediaType.read(text);
  assert.ok(mediaType);
  return { ...manifestOf(JSON.stringify({ text })), mediaType };
});

async function withTag(driver: Driver): Promise<void> {
  for (const manifest of [one, two]) await driver.manifests.put(repo, manifest);
  assert.equal(await driver.manifests.tag(repo, latest, one.digest), true);
}

/** Level `contract`, area `manifests and tags`. */
export const manifestRules: readonly Definition[] = [
  {
    name: 'a manifest that was never stored is absent',
    promises: ['manifest get', 'manifest delete absent', 'absence'],
    async run(driver) {
      assert.equal(await driver.manifests.get(repo, one.digest), undefined);
      assert.equal(await driver.manifests.delete(repo, one.digest), false);
    },
  },
  ...[
    '{}',
    '',
    '\n',
    '{"a":\n\n1}\n',
    '\ufeff{}\r\n',
    '{"a":1,"a":2}',
    '{ "b":1.0, "a":1e400 }',
    '"\0\\u0000"',
    '{"\u00e9":1,"e\u0301":2}',
    '{"text":"Größe 大 \u{1f680}"}',
    `{"long":"${'x'.repeat(4_000_000)}"}`,
  ].map(
    (text): Definition => ({
      name: `a manifest comes back byte for byte: ${JSON.stringify(text.slice(0, 30))}`,
      promises: ['manifest bytes'],
      async run(driver) {
        await driver.manifests.put(repo, manifestOf(text));
        await assertStored(driver, manifestOf(text));
      },
    }),
  ),
  {
    name: 'a manifest of bytes that are no text comes back',
    promises: ['manifest bytes'],
    async run(driver) {
      const content = Uint8Array.from({ length: 1024 }, (_, position) => position & 255);
      const manifest = { ...one, digest: digestOf(content, 'sha512'), bytes: content };
      await driver.manifests.put(repo, manifest);
      await assertStored(driver, manifest);
    },
  },
  {
    name: 'a manifest comes back with its media type, subject and referrer',
    promises: ['manifest get'],
    async run(driver) {
      const manifest = referrerOf('{"signature":1}', absent);
      await driver.manifests.put(repo, manifest);
      await assertStored(driver, manifest);
    },
  },
  {
    name: 'a manifest is described while it is there, and before and after it is absent',
    promises: ['manifest describe', 'absence'],
    needs: ['manifests.describe'],
    async run(driver) {
      const large = referrerOf(`{"long":"${'x'.repeat(100_000)}"}`, absent, 'sha512');
      const describe = (digest: Digest) => driver.manifests.describe?.(repo, digest);
      assert.equal(await describe(large.digest), undefined);
      for (const manifest of [one, large]) await driver.manifests.put(repo, manifest);
      for (const manifest of [one, large]) await assertDescribed(driver, manifest);
      await driver.manifests.delete(repo, large.digest);
      assert.equal(await describe(large.digest), undefined);
      await assertDescribed(driver, one);
    },
  },
  {
    name: 'a manifest that is put with tags is stored and listed among the referrers, and all the tags point at it',
    promises: ['manifest put tagged', 'manifest put', 'tag'],
    needs: ['manifests.putTagged'],
    async run(driver) {
      await withTag(driver);
      const manifest = referrerOf('{"tagged":1}', absent);
      const fresh = readTag('fresh');
      for (const tags of [[latest, fresh], [latest], []])
        assert.equal(await driver.manifests.putTagged?.(repo, manifest, tags), true, 'putTagged() must be true');
      await assertStored(driver, manifest);
      assert.deepEqual(await allReferrers(driver, repo, absent), [manifest.referrer]);
      for (const tag of [latest, fresh]) assert.equal(await driver.manifests.resolve(repo, tag), manifest.digest);
      assert.deepEqual(await driver.manifests.tags(repo, { limit: 10 }), [fresh, latest]);
    },
  },
  {
    name: 'a manifest whose bytes are a part of larger memory comes back as those bytes',
    promises: ['manifest bytes'],
    async run(driver) {
      const content = bytes('before it{"a":1}behind it').subarray(9, 16);
      const manifest = { ...one, digest: digestOf(content), bytes: content };
      await driver.manifests.put(repo, manifest);
      await assertStored(driver, manifest);
    },
  },
  {
    name: 'a manifest is known by the digest that it is given, whatever its bytes are',
    promises: ['manifest digest'],
    async run(driver) {
      for (const text of ['{"signed":"once"}', '{"signed":"again"}']) {
        const signed = { ...manifestOf(text), digest: one.digest };
        await driver.manifests.put(repo, signed);
        await assertStored(driver, signed);
      }
    },
  },
  {
    name: 'a manifest keeps its media type, whatever that is',
    promises: ['manifest get'],
    async run(driver) {
      for (const manifest of ofManyTypes) await driver.manifests.put(repo, manifest);
      for (const manifest of ofManyTypes) await assertStored(driver, manifest);
    },
  },
  {
    name: 'a manifest is in the repository it was put in and in no other',
    promises: ['manifest get'],
    async run(driver) {
      await driver.manifests.put(readName('a/b'), one);
      for (const stranger of ['a', 'a/b/c', 'a-b']) {
        assert.equal(await driver.manifests.get(readName(stranger), one.digest), undefined, stranger);
      }
    },
  },
  {
    name: 'a manifest may be put again',
    promises: ['manifest put'],
    async run(driver) {
      await driver.manifests.put(repo, one);
      await driver.manifests.put(repo, one);
      await assertStored(driver, one);
    },
  },
  {
    name: 'a manifest that is put again with another media type and a subject is the later one, and is listed',
    promises: ['manifest put', 'manifest get'],
    async run(driver) {
      const later = referrerOf('{"signature":1}', absent);
      const { subject: _, referrer: __, ...first } = { ...later, mediaType: one.mediaType };
      await driver.manifests.put(repo, first);
      await driver.manifests.put(repo, later);
      await assertStored(driver, later);
      assert.deepEqual(await referrers(driver, absent), [later.digest]);
    },
  },
  {
    name: 'a deleted manifest is gone with all its tags, and other tags stay',
    promises: ['manifest delete', 'manifest delete absent'],
    async run(driver) {
      await withTag(driver);
      await driver.manifests.tag(repo, readTag('Stable'), one.digest);
      await driver.manifests.tag(repo, readTag('next'), two.digest);
      assert.equal(await driver.manifests.delete(repo, one.digest), true);
      assert.equal(await driver.manifests.get(repo, one.digest), undefined);
      assert.equal(await driver.manifests.resolve(repo, latest), undefined);
      assert.deepEqual(await driver.manifests.tags(repo, { limit: 10 }), ['next']);
      assert.equal(await driver.manifests.delete(repo, one.digest), false);
      await assertStored(driver, two);
    },
  },
  {
    name: 'a manifest that is put again after it was deleted has no tags',
    promises: ['manifest delete'],
    async run(driver) {
      await withTag(driver);
      assert.equal(await driver.manifests.delete(repo, one.digest), true);
      await driver.manifests.put(repo, one);
      assert.equal(await driver.manifests.resolve(repo, latest), undefined);
      assert.deepEqual(await driver.manifests.tags(repo, { limit: 10 }), []);
    },
  },
  {
    name: 'deleting a manifest leaves the tags of other repositories',
    promises: ['manifest delete'],
    async run(driver) {
      const neighbours = ['library', 'library/sample/below', 'library/sample-2', 'library/other'].map(readName);
      await withTag(driver);
      for (const neighbour of neighbours) {
        await driver.manifests.put(neighbour, one);
        await driver.manifests.tag(neighbour, latest, one.digest);
      }
      assert.equal(await driver.manifests.delete(repo, one.digest), true);
      for (const neighbour of neighbours) assert.equal(await driver.manifests.resolve(neighbour, latest), one.digest, neighbour);
    },
  },
  {
    name: 'deleting a manifest in one repository leaves it in another',
    promises: ['manifest delete'],
    async run(driver) {
      await driver.manifests.put(repo, one);
      await driver.manifests.put(other, one);
      assert.equal(await driver.manifests.delete(other, one.digest), true);
      await assertStored(driver, one);
    },
  },
  {
    name: 'a tag that was never set is absent',
    promises: ['resolve', 'absence', 'untag expected'],
    async run(driver) {
      await driver.manifests.put(repo, one);
      assert.equal(await driver.manifests.resolve(repo, latest), undefined);
      assert.equal(await driver.manifests.untag(repo, latest), false);
      assert.equal(await driver.manifests.untag(repo, latest, one.digest), false);
    },
  },
  {
    name: 'a tag that is resolved to read its manifest points where it was pointed last',
    promises: ['resolve then read'],
    async run(driver) {
      const read = async () => {
        const digest = await driver.manifests.resolve(repo, latest, { thenRead: true });
        return digest && (await driver.manifests.get(repo, digest))?.digest;
      };
      assert.equal(await read(), undefined);
      for (const manifest of [one, two, one]) {
        await driver.manifests.put(repo, manifest);
        await driver.manifests.tag(repo, latest, manifest.digest);
        assert.equal(await read(), manifest.digest);
      }
      await driver.manifests.untag(repo, latest);
      assert.equal(await read(), undefined);
      await driver.manifests.tag(repo, latest, two.digest);
      await driver.manifests.delete(repo, two.digest);
      assert.equal(await read(), undefined);
    },
  },
  {
    name: 'a tag is in the repository it was set in and in no other',
    promises: ['resolve', 'tags', 'untag'],
    async run(driver) {
      await withTag(driver);
      for (const stranger of ['library', 'library/sample/below', 'library/sample-2'].map(readName)) {
        await driver.manifests.put(stranger, one);
        assert.equal(await driver.manifests.resolve(stranger, latest), undefined, stranger);
        assert.deepEqual(await driver.manifests.tags(stranger, { limit: 10 }), [], stranger);
        assert.equal(await driver.manifests.untag(stranger, latest), false, stranger);
      }
      assert.equal(await driver.manifests.resolve(repo, latest), one.digest);
    },
  },
  {
    name: 'a tag points where it was pointed last',
    promises: ['tag', 'resolve'],
    async run(driver) {
      await withTag(driver);
      assert.equal(await driver.manifests.resolve(repo, latest), one.digest);
      assert.equal(await driver.manifests.tag(repo, latest, two.digest), true);
      assert.equal(await driver.manifests.resolve(repo, latest), two.digest);
      assert.deepEqual(await driver.manifests.tags(repo, { limit: 10 }), ['latest']);
    },
  },
  {
    name: 'a tag cannot be pointed at a manifest that the repository does not have',
    promises: ['tag without manifest'],
    async run(driver) {
      await withTag(driver);
      await driver.manifests.put(other, manifestOf('{"elsewhere":1}'));
      const elsewhere = manifestOf('{"elsewhere":1}').digest;
      for (const expected of [undefined, null, one.digest]) {
        assert.equal(await driver.manifests.tag(repo, latest, elsewhere, expected), false);
        assert.equal(await driver.manifests.tag(repo, readTag('new'), absent, expected), false);
      }
      assert.equal(await driver.manifests.resolve(repo, latest), one.digest);
      assert.deepEqual(await driver.manifests.tags(repo, { limit: 10 }), ['latest']);
    },
  },
  {
    name: 'a tag is moved only if it points where it is expected to',
    promises: ['tag expected'],
    async run(driver) {
      await withTag(driver);
      for (const expected of [null, two.digest, absent]) {
        assert.equal(await driver.manifests.tag(repo, latest, two.digest, expected), false);
        assert.equal(await driver.manifests.resolve(repo, latest), one.digest);
      }
      assert.equal(await driver.manifests.tag(repo, latest, two.digest, one.digest), true);
      assert.equal(await driver.manifests.resolve(repo, latest), two.digest);
    },
  },
  {
    name: 'a tag is made only if none is expected and none is there',
    promises: ['tag expected'],
    async run(driver) {
      await withTag(driver);
      const fresh = readTag('fresh');
      assert.equal(await driver.manifests.tag(repo, fresh, one.digest, one.digest), false);
      assert.equal(await driver.manifests.resolve(repo, fresh), undefined);
      assert.equal(await driver.manifests.tag(repo, fresh, one.digest, null), true);
      assert.equal(await driver.manifests.tag(repo, fresh, one.digest, null), false);
    },
  },
  {
    name: 'an untag takes the tag and leaves the manifest',
    promises: ['untag'],
    async run(driver) {
      await withTag(driver);
      assert.equal(await driver.manifests.untag(repo, latest), true);
      assert.equal(await driver.manifests.resolve(repo, latest), undefined);
      assert.equal(await driver.manifests.untag(repo, latest), false);
      assert.deepEqual(await driver.manifests.tags(repo, { limit: 10 }), []);
      await assertStored(driver, one);
    },
  },
  {
    name: 'an untag takes the tag only if it points where it is expected to',
    promises: ['untag expected'],
    async run(driver) {
      await withTag(driver);
      assert.equal(await driver.manifests.untag(repo, latest, two.digest), false);
      assert.equal(await driver.manifests.resolve(repo, latest), one.digest);
      assert.equal(await driver.manifests.untag(repo, latest, one.digest), true);
      assert.equal(await driver.manifests.resolve(repo, latest), undefined);
    },
  },
  {
    name: 'tags that differ by case are different tags',
    promises: ['names are exact'],
    async run(driver) {
      await withTag(driver);
      const pairs = [
        ['V1', one],
        ['v1', two],
        ['aB', one],
        ['Ab', two],
        ['a'.repeat(128), one],
        ['A'.repeat(128), two],
      ] as const;
      for (const [tag, { digest }] of pairs) await driver.manifests.tag(repo, readTag(tag), digest);
      for (const [tag, { digest }] of pairs) assert.equal(await driver.manifests.resolve(repo, readTag(tag)), digest, tag);
      await driver.manifests.untag(repo, readTag('V1'));
      assert.equal(await driver.manifests.resolve(repo, readTag('v1')), two.digest);
    },
  },
  ...Object.entries(carried).map(
    ([what, parts]): Definition => ({
      name: `a referrer comes back with ${what}`,
      promises: ['referrer carried', 'manifest get', 'referrers'],
      async run(driver) {
        const { referrer, ...manifest } = referrerOf('{"signature":1}', absent);
        assert.ok(referrer);
        const carrying = { ...manifest, referrer: { ...referrer, ...parts } };
        await driver.manifests.put(repo, carrying);
        await assertStored(driver, carrying);
        const listed = await driver.manifests.referrers(repo, absent, { limit: 10 });
        assert.deepEqual(definedMembers(listed), [carrying.referrer]);
      },
    }),
  ),
  {
    name: 'a subject without referrers lists none',
    promises: ['referrers', 'absence'],
    async run(driver) {
      assert.deepEqual(await referrers(driver, absent), []);
      await driver.manifests.put(repo, one);
      assert.deepEqual(await referrers(driver, one.digest), []);
    },
  },
  {
    name: 'referrers are listed in the order of their digests, whether or not their subject is there',
    promises: ['referrers'],
    async run(driver) {
      for (const manifest of [...manyReferrers].reverse()) await driver.manifests.put(repo, manifest);
      await driver.manifests.put(repo, referrerOf('{"else":1}', two.digest));
      assert.deepEqual(
        await allReferrers(driver, repo, one.digest),
        manyReferrers.map(({ referrer }) => referrer),
      );
      await driver.manifests.put(repo, one);
      assert.equal((await referrers(driver, one.digest)).length, manyReferrers.length);
      assert.deepEqual(await allReferrers(driver, other, one.digest), []);
    },
  },
  {
    name: 'referrers go on after any digest, listed or not',
    promises: ['referrers'],
    async run(driver) {
      const digests = manyReferrers.map(({ digest }) => digest);
      for (const manifest of manyReferrers) await driver.manifests.put(repo, manifest);
      for (const after of [...digests, absent, digestOf(bytes('x'), 'sha384'), digestOf(bytes('y'), 'sha512')]) {
        const expected = digests.filter((digest) => digest > after);
        assert.deepEqual(await referrers(driver, one.digest, after), expected);
      }
    },
  },
  ...[1, 4, 15, 1000].map(
    (limit): Definition => ({
      name: `pages of ${limit} referrers are all referrers, each once`,
      promises: ['referrers', 'page'],
      async run(driver) {
        for (const manifest of manyReferrers) await driver.manifests.put(repo, manifest);
        const digests = manyReferrers.map(({ digest }) => digest);
        for (let start = 0; start <= digests.length; start += limit) {
          const after = digests[start - 1];
          const page = await driver.manifests.referrers(repo, one.digest, { limit, ...(after && { after }) });
          assert.deepEqual(
            page.map(({ digest }) => digest),
            digests.slice(start, start + limit),
          );
        }
        assert.deepEqual(await driver.manifests.referrers(repo, one.digest, { limit: 0 }), []);
      },
    }),
  ),
  {
    name: 'a page of referrers ends before its list does only where they are large',
    promises: ['large referrers', 'page'],
    async run(driver) {
      const large = Array.from({ length: 60 }, (_, at) =>
        referrerOf(JSON.stringify({ at, text: 'x'.repeat(30_000) }), one.digest),
      );
      for (const manifest of large) await driver.manifests.put(repo, manifest);
      const digests = large.map(({ digest }) => digest).sort();
      assert.deepEqual(await referrers(driver, one.digest), digests);
    },
  },
  {
    name: 'a referrer that is put twice is listed once, and not at all when it is deleted',
    promises: ['manifest put', 'manifest delete'],
    async run(driver) {
      const referrer = referrerOf('{"signature":1}', one.digest);
      await driver.manifests.put(repo, referrer);
      await driver.manifests.put(repo, referrer);
      assert.deepEqual(await referrers(driver, one.digest), [referrer.digest]);
      await driver.manifests.delete(repo, referrer.digest);
      assert.deepEqual(await referrers(driver, one.digest), []);
    },
  },
];
