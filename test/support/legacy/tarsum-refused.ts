/** What is no archive, or none that has a tarsum, with a part of the reason. */
import { gzipSync } from 'node:zlib';
import { archive, base256, entry, header, long, pax } from './tar.ts';

const a = entry({ name: 'a' });
const records = (content: string) => archive(entry({ type: 'x', content }), a);

/** What it is, its bytes, and what the refusal says. */
export const refused: readonly (readonly [what: string, bytes: Buffer, reason: string])[] = [
  ['gzip', gzipSync(archive(a), { level: 0 }), 'gzip'],
  ['text', Buffer.alloc(600, 'text'), 'byte 0 is no header'],
  ['an entry with a wrong checksum', archive(a, entry({ checksum: '0000000\0' })), 'byte 512 is no header'],
  ['a checksum that is no number', archive(entry({ checksum: 'checksum' })), 'is no header'],
  ...(['mode', 'uid', 'gid', 'size', 'mtime'] as const).flatMap((field) => [
    [`an octal ${field} with an 8`, archive(header({ raw: { [field]: '0000008\0' } })), `a ${field} that is not`] as const,
    [`a ${field} with a sign`, archive(header({ raw: { [field]: '-000001\0' } })), `a ${field} that is not`] as const,
    [`a ${field} with a blank inside`, archive(header({ raw: { [field]: '00 0001\0' } })), `a ${field} that is not`] as const,
  ]),
  ['a device number that is none', archive(entry({ type: '3', raw: { devminor: 'garbage!' } })), 'a devminor that is not'],
  ...(['mode', 'uid', 'gid'] as const).map(
    (field) => [`a negative ${field}`, archive(header({ raw: { [field]: base256(-1n, 8) } })), `a negative ${field}`] as const,
  ),
  ...[-1n, -512n, -(2n ** 52n)].map(
    (size) => [`a size of ${size}`, archive(header({ raw: { size: base256(size, 12) } })), 'a negative size'] as const,
  ),
  ...[2n ** 53n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n, 2n ** 94n - 1n, -(2n ** 63n), -(2n ** 94n)].map(
    (size) => [`a size of ${size}`, archive(header({ raw: { size: base256(size, 12) } })), 'a size that is too large'] as const,
  ),
  ['a size of 8 PiB', archive(header({ raw: { size: base256(2n ** 53n - 1n, 12) } })), 'cut off: 9007199254739967 bytes'],
  ['a sparse file of GNU', archive(entry({ type: 'S', format: 'gnu' })), 'sparse'],
  ['a sparse file of pax', archive(pax([['GNU.sparse.major', '1']]), a), 'sparse'],
  ['a record without a length', records(' path=a\n'), 'byte 0 has a malformed pax record'],
  ['a record whose length is no number', records('x path=a\n'), 'malformed pax record'],
  ['a record with a sign', records('+10 path=a\n'), 'malformed pax record'],
  ['a record of length 0', records('0 path=a\n'), 'malformed pax record'],
  ['a record shorter than its key', records('3 path=a\n'), 'malformed pax record'],
  ['a record longer than the header', records('99 path=a\n'), 'malformed pax record'],
  ['a record of 400 digits', records(`${'9'.repeat(400)} path=a\n`), 'malformed pax record'],
  ['a record without a line end', records('10 path=a '), 'malformed pax record'],
  ['a record without a value', records('7 path\n'), 'malformed pax record'],
  ['a record whose value is in the next', records('7 path\n8 a=bcd\n'), 'malformed pax record'],
  ['a record that is only a length', records('10'), 'malformed pax record'],
  ['zeros after the records', records('10 path=a\n\0\0'), 'malformed pax record'],
  ...['', '-1', '+1', '1.5', '0x1', '9007199254740992', '1e3'].flatMap((value) => [
    [`a pax size of ${JSON.stringify(value)}`, archive(pax([['size', value]]), a), 'a pax size that is not'] as const,
    [`a pax uid of ${JSON.stringify(value)}`, archive(pax([['uid', value]]), a), 'a pax uid that is not'] as const,
  ]),
  ...['', '.5', '1.x', '+1', '9007199254740992', 'now'].map(
    (value) =>
      [`a pax mtime of ${JSON.stringify(value)}`, archive(pax([['mtime', value]]), a), 'a pax mtime that is not'] as const,
  ),
  ['an attribute without a name', archive(pax([['SCHILY.xattr.', 'v']]), a), 'attribute without a name'],
  ['two extended headers for one entry', archive(pax([]), pax([]), a), 'byte 512 is the second'],
  ['two long names for one entry', archive(long('L', 'a'), long('K', 'b'), long('L', 'c'), a), 'byte 2048 is the second'],
  ['an extended header at the end', pax([['path', 'p']]), 'ends without its entry'],
  ['an extended header before zeros', archive(pax([['path', 'p']])), 'byte 1024 is of zeros'],
  ['one block of zeros before an entry', Buffer.concat([a, Buffer.alloc(512), a]), 'byte 1024 follows a block of zeros'],
  ['an entry behind the end', Buffer.concat([archive(a), a]), 'bytes other than zeros follow'],
  ['one byte behind the end', Buffer.concat([archive(a), Buffer.alloc(3000), Buffer.from('x')]), 'bytes other than zeros follow'],
  [
    'an extended header that is too long',
    archive(header({ type: 'L', raw: { size: '000004000001' } })),
    'is an extended header of',
  ],
  ['an extended header of 1 GiB', header({ type: 'x', raw: { size: '010000000000' } }), 'an extended header of 1073741824 bytes'],
  ['one byte', Buffer.from('a'), 'cut off'],
  ['one zero', Buffer.alloc(1), 'cut off'],
];
