/** Names on disk are their own inverse, fit every file system, and never meet. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import * as layout from '../../drivers/tree/layout.ts';
import { algorithms, type Digest, formats, type RepositoryName, type Tag } from '../../lib/api/formats.ts';

/** Text that fits a format, as the value that it is. */
function valuesOf<T>(
  format: { readonly pattern: string; read(text: string): T | undefined },
  text = fc.stringMatching(new RegExp(format.pattern)),
): fc.Arbitrary<T> {
  return text.map((each) => format.read(each)).filter((value) => value !== undefined);
}

const tags: fc.Arbitrary<Tag> = valuesOf(formats.tag);
const names: fc.Arbitrary<RepositoryName> = valuesOf(formats.name);
const digests: fc.Arbitrary<Digest> = valuesOf(
  formats.digest,
  fc
    .constantFrom(...Object.entries(algorithms))
    .chain(([algorithm, length]) =>
      fc
        .string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length })
        .map((hex) => `${algorithm}:${hex}`),
    ),
);

const runs = { numRuns: 2000 };

describe('layout', () => {
  it('a tag comes back from its name', () => {
    fc.assert(
      fc.property(tags, (tag) => assert.equal(layout.decodeTag(layout.encodeTag(tag)), tag)),
      runs,
    );
  });

  it('names of different tags differ also where case is folded, and fit in 255 bytes', () => {
    const alike = fc.tuple(tags, fc.array(fc.boolean(), { minLength: 128, maxLength: 128 })).map(([tag, capitals]) => {
      const other = [...tag].map((character, at) => (capitals[at] ? character.toUpperCase() : character.toLowerCase())).join('');
      return [tag, formats.tag.read(other) ?? tag] as const;
    });
    fc.assert(
      fc.property(alike, ([one, other]) => {
        const [a, b] = [layout.encodeTag(one), layout.encodeTag(other)];
        assert.equal(a.toLowerCase() === b.toLowerCase(), one === other);
        assert.equal(a, a.toLowerCase());
        assert.ok(Buffer.byteLength(a) <= 255);
      }),
      runs,
    );
  });

  it('an upload comes back from the name of its file, which fits in 255 bytes', () => {
    const uploads = fc.record({
      id: fc.uuid().map((uuid) => formats.uploadId.read(uuid)),
      repo: names,
      holder: fc.oneof(fc.constant(layout.free), fc.uuid()),
      offset: fc.maxSafeNat(),
      digest: fc.option(digests, { nil: undefined }),
    });
    fc.assert(
      fc.property(uploads, ({ id, repo, holder, offset, digest }) => {
        assert.ok(id);
        const upload = { id, mark: layout.repositoryMark(repo), holder, offset, ...(digest && { digest }) };
        const key = layout.uploadKey(upload);
        const name = key.slice(layout.uploadShard(id).length + 1);
        assert.deepEqual(layout.parseUploadName(name), upload);
        assert.ok(key.startsWith(`${layout.uploadShard(id)}/`) && Buffer.byteLength(name) <= 255);
      }),
      runs,
    );
  });

  it('a file and a segment of an outbox come back from their names, which sort in the order of the entries', () => {
    const shape = { addedMs: fc.nat(1e14), first: fc.nat(1e14), count: fc.integer({ min: 1, max: 1e8 }) };
    const places = fc.record(shape, { noNullPrototype: true });
    fc.assert(
      fc.property(places, fc.nat(1e6), fc.nat(1e6), (name, later, more) => {
        const following = { ...name, addedMs: name.addedMs + later, first: name.first + more + 1 };
        const [file = '', next = ''] = [name, following].map((each) => layout.outboxKey('s', each).slice(2));
        assert.deepEqual(layout.parseOutboxName(file), name);
        const { count: _, ...start } = name;
        assert.deepEqual(layout.parseOutboxSegment(`${layout.outboxSegment('s', name).slice(2)}/`), start);
        assert.ok(file < next);
      }),
      runs,
    );
  });

  const encoded: readonly (readonly [string, string])[] = [
    ['latest', 'latest'],
    ['V1', 'v1~1'],
    ['v1', 'v1'],
    ['aB', 'ab~2'],
    ['1.0-RC1', '1.0-rc1~30'],
    ['A'.repeat(128), `${'a'.repeat(128)}~${'f'.repeat(32)}`],
  ];
  for (const [tag, name] of encoded) {
    it(`the tag ${tag.slice(0, 20)} is called ${name.slice(0, 20)}`, () => {
      assert.equal(layout.encodeTag(formats.tag.read(tag) ?? assert.fail()), name);
    });
  }

  it('text that no tag is called is no tag', () => {
    for (const name of [
      '',
      '~',
      '~1',
      'V1',
      'v1~0',
      'v1~2',
      'v1~01',
      'v1~4',
      'v1~',
      'v1~x',
      'v1~1~1',
      '.nfs01',
      'a/b',
      'a'.repeat(129),
    ]) {
      assert.equal(layout.decodeTag(name), undefined, name);
    }
    fc.assert(
      fc.property(fc.string(), (name) => {
        const tag = layout.decodeTag(name);
        if (tag !== undefined) assert.equal(layout.encodeTag(tag), name);
      }),
      runs,
    );
  });

  it('keys are in the byte order of their digests', () => {
    fc.assert(
      fc.property(names, digests, digests, (repo, one, other) => {
        assert.equal(layout.manifestKey(repo, one) < layout.manifestKey(repo, other), one < other);
        assert.equal(layout.referrerKey(repo, one, one) < layout.referrerKey(repo, one, other), one < other);
      }),
      runs,
    );
  });

  it('a digest comes back from the end of its key', () => {
    fc.assert(
      fc.property(names, digests, (repo, digest) => {
        const keys = [layout.linkKey(repo, digest), layout.manifestKey(repo, digest), layout.referrerKey(repo, digest, digest)];
        for (const key of keys) {
          const [algorithm = '', hex = ''] = key.split('/').slice(-2);
          assert.equal(layout.parseDigestPath(algorithm, hex), digest);
        }
      }),
      runs,
    );
  });

  it('where a tag points comes back from the name of its entry, which fits in 255 bytes', () => {
    const versions = fc.stringMatching(/^[0-9a-f]{16}$/);
    fc.assert(
      fc.property(digests, versions, (digest, version) => {
        const name = layout.pointerName({ digest, version });
        assert.deepEqual(layout.parsePointerName(name), { digest, version });
        assert.ok(name.length <= 255);
      }),
      runs,
    );
  });

  it('the keys of different things differ, and none lies below another', () => {
    const keys = fc
      .tuple(names, tags, digests, digests)
      .map(([repo, tag, one, other]) => [
        layout.contentKey(one),
        layout.linkKey(repo, one),
        layout.manifestKey(repo, one),
        layout.referrerKey(repo, one, other),
        layout.tagKey(repo, tag),
        `${layout.pointerDirectory(repo, tag)}/${layout.pointerName({ digest: one, version: '0' })}`,
      ]);
    fc.assert(
      fc.property(keys, keys, (some, more) => {
        for (const [at, key] of some.entries()) {
          for (const [place, other] of more.entries()) {
            assert.ok(!other.startsWith(`${key}/`), `${other} is below ${key}`);
            if (at !== place) assert.notEqual(key, other);
          }
        }
      }),
      runs,
    );
  });

  it('keys stay inside of the root', () => {
    fc.assert(
      fc.property(names, tags, digests, (repo, tag, digest) => {
        for (const key of [layout.linkKey(repo, digest), layout.pointerDirectory(repo, tag), layout.contentKey(digest)]) {
          for (const part of key.split('/')) assert.ok(part !== '' && part !== '.' && part !== '..' && part.length <= 255, key);
        }
      }),
      runs,
    );
  });
});
