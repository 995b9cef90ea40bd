/** Values that were published for archives that can be written from what is known of them. */
import { describe, expect, it } from 'vitest';
import { readTarsumParts } from '../../../lib/legacy/tarsum/index.ts';
import type { TarsumKind } from '../../../lib/legacy/tarsum/name.ts';
import { isComputable } from '../../../lib/legacy/tarsum/name.ts';
import { archive, entry, pax } from '../../support/legacy/tar.ts';
import { tarsumOf, v0, v1 } from '../../support/legacy/tarsum-reference.ts';

const megabyte = { name: '/testdata0', mode: 0o755, content: Buffer.alloc(1024 * 1024) };
const zeros = archive(entry({ ...megabyte, type: '\0' }));
const owned = { uid: 1000, gid: 1000, uname: 'slartibartfast', gname: 'users', content: 'test' };
const withAttributes = (records: { readonly [name: string]: string }) =>
  archive(
    pax(Object.entries(records).map(([name, value]) => [`SCHILY.xattr.${name}`, value] as const)),
    entry({ ...owned, name: 'xattrs.txt' }),
  );
const file = { name: 'file', mode: 0o644, uid: 1000, gid: 1000, uname: 'vbatts', gname: 'vbatts', format: 'gnu' } as const;
const older = entry({ ...file, content: 'farts\n', mtime: 0o12402144462 });
const newer = entry({ ...file, content: 'HOWDY\n', mtime: 0o12402144551 });
const nothing = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

const vectors: readonly (readonly [what: string, bytes: Buffer, tarsum: string])[] = [
  ['zeros', zeros, 'tarsum+sha256:8bf12d7e67c51ee2e8306cba569398b1b9f419969521a12ffb9d8875e8836738'],
  ['zeros', zeros, 'tarsum+md5:0d7529ec7a8360155b48134b8e599f53'],
  ['zeros', zeros, 'tarsum+sha1:f1fee39c5925807ff75ef1925e7a23be444ba4df'],
  ['zeros', zeros, 'tarsum+sha224:6319390c0b061d639085d8748b14cd55f697cf9313805218b21cf61c'],
  [
    'zeros',
    zeros,
    'tarsum+sha384:a578ce3ce29a2ae03b8ed7c26f47d0f75b4fc849557c62454be4b5ffd66ba021e713b48ce71e947b43aab57afd5a7636',
  ],
  [
    'zeros',
    zeros,
    'tarsum+sha512:e9bfb90ca5a4dfc93c46ee061a5cf9837de6d2fdf82544d6460d3147290aecfabf7b5e415b9b6e72db9b8941f149d5d69fb17a394cbfaf2eac523bd9eae21855',
  ],
  ['zeros of type 0', archive(entry(megabyte)), 'tarsum+sha256:75258b2c5dcd9adfe24ce71eeca5fc5019c7e669912f15703ede92b1a60cb11f'],
  [
    'an empty file',
    archive(entry({ name: 'file.txt' })),
    'tarsum+sha256:626c4a2e9a467d65c33ae81f7f3dedd4de8ccaee72af73223c4bc4718cbc7bbd',
  ],
  [
    'an empty file',
    archive(entry({ name: 'file.txt' })),
    'tarsum.dev+sha256:6ffd43a1573a9913325b4918e124ee982a99c0f3cba90fc032a65f5e20bdd465',
  ],
  [
    'a file with an owner',
    archive(entry({ ...owned, name: 'another.txt' })),
    'tarsum.dev+sha256:b38166c059e11fb77bef30bf16fba7584446e80fcc156ff46d47e36c5305d8ef',
  ],
  [
    'attributes',
    withAttributes({ 'user.key1': 'value1', 'user.key2': 'value2' }),
    'tarsum.dev+sha256:4cc2e71ac5d31833ab2be9b4f7842a14ce595ec96a37af4ed08f87bc374228cd',
  ],
  [
    'attributes in another order',
    withAttributes({ 'user.key2': 'value2', 'user.key1': 'value1' }),
    'tarsum.dev+sha256:4cc2e71ac5d31833ab2be9b4f7842a14ce595ec96a37af4ed08f87bc374228cd',
  ],
  [
    'an attribute in other case',
    withAttributes({ 'user.KEY1': 'value1', 'user.key2': 'value2' }),
    'tarsum.dev+sha256:65f4284fa32c0d4112dd93c3637697805866415b570587e4fd266af241503760',
  ],
  [
    'an attribute before they counted',
    withAttributes({ 'user.NOT': 'CALCULATED' }),
    'tarsum+sha256:c12bb6f1303a9ddbf4576c52da74973c00d14c109bcfa76b708d5da1154a07fa',
  ],
  [
    'the empty layer of many images',
    archive(entry({ name: './', mode: 0o40755, type: '5' })),
    'tarsum.dev+sha256:324d4cf44ee7daa46266c1df830c61a7df615c0632176a339e7310e34723d67a',
  ],
  ['a path twice', archive(older, newer), 'tarsum+sha256:08653904a68d3ab5c59e65ef58c49c1581caa3c34744f8d354b3f575ea04424a'],
  [
    'a path twice, the other way round',
    archive(newer, older),
    'tarsum+sha256:b51c13fbefe158b5ce420d2b930eef54c5cd55c50a2ee4abdddea8fa9f081e0d',
  ],
  ['the one alone', archive(newer), 'tarsum+sha256:381547080919bb82691e995508ae20ed33ce0f6948d41cafbeb70ce20c73ee8e'],
  ['the other alone', archive(older), 'tarsum+sha256:f886e431c08143164a676805205979cd8fa535dfcef714db5515650eea5a7c0f'],
  ['an archive without entries', archive(), `tarsum.v1+sha256:${nothing}`],
  ['no bytes', Buffer.alloc(0), `tarsum+sha256:${nothing}`],
];

function kindOf(text: string): TarsumKind {
  const tarsum = readTarsumParts(text);
  if (!tarsum || !isComputable(tarsum)) throw new Error(`${text} cannot be computed`);
  return tarsum;
}

describe('the published tarsum', () => {
  it.each(vectors)('of %s comes out', (_, bytes, tarsum) => {
    expect(tarsumOf(bytes, kindOf(tarsum))).toBe(tarsum);
  });

  it.each([1, 511, 512, 513, 65_536])('comes out of pieces of %i bytes', (size) => {
    for (const [, bytes, tarsum] of vectors.filter(([what]) => what !== 'zeros')) {
      expect(tarsumOf(bytes, kindOf(tarsum), size)).toBe(tarsum);
    }
  });
});

describe('a version', () => {
  const at = (mtime: number) => archive(entry({ name: 'a', mtime }));

  it('counts times only if it is the first', () => {
    expect(tarsumOf(at(1), v0)).not.toBe(tarsumOf(at(2), v0));
    expect(tarsumOf(at(1), v1)).toBe(tarsumOf(at(2), v1));
  });

  it('named dev is computed like v1', () => {
    const dev = tarsumOf(at(1), { version: 'dev', algorithm: 'sha256' });
    expect(dev).toBe(tarsumOf(at(1), v1).replace('v1', 'dev'));
  });
});
