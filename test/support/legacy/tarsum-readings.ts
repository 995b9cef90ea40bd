/** How archives are read: parts of archives, each with the entries that they have. */
import { base256, entry, header, long, pax } from './tar.ts';
import type { Counted } from './tarsum-reference.ts';

const n = (length: number) => 'n'.repeat(length);
const people = { uname: 'u', gname: 'g' };

/** What is shown, the parts of an archive that shows it, and the entries that are meant. */
export const readings: readonly (readonly [what: string, parts: readonly Buffer[], entries: readonly Counted[]])[] = [
  [
    'an old header has no names of owners and no devices',
    [entry({ ...people, name: 'a', type: '3', devmajor: 1, devminor: 2, prefix: 'p', format: 'v7' })],
    [{ name: 'a', type: '3' }],
  ],
  [
    'so has a header of a format that nobody knows',
    [entry({ ...people, name: 'a', raw: { magic: 'ustar 00' } })],
    [{ name: 'a' }],
  ],
  ['a name of 100 bytes has no NUL', [entry({ name: n(100) })], [{ name: n(100) }]],
  ['a name ends at its NUL', [entry({ name: 'a\0b' })], [{ name: 'a' }]],
  ['a prefix stands before a slash', [entry({ name: 'a', prefix: n(155) })], [{ name: `${n(155)}/a` }]],
  ['a prefix of GNU counts', [entry({ name: 'a', prefix: 'p', format: 'gnu' })], [{ name: 'p/a' }]],
  [
    'a prefix of star has 131 bytes',
    [entry({ ...people, name: 'a', format: 'star', raw: { prefix: `${n(131)}00000000001 00000000002 ` } })],
    [{ ...people, name: `${n(131)}/a` }],
  ],
  [
    'devices have numbers',
    [entry({ name: 'c', type: '3', devmajor: 1, devminor: 3 }), entry({ name: 'b', type: '4', devmajor: 8, devminor: 1 })],
    [
      { name: 'c', type: '3', devmajor: 1, devminor: 3 },
      { name: 'b', type: '4', devmajor: 8, devminor: 1 },
    ],
  ],
  [
    'the numbers of what is no device do not count, whatever they are',
    [entry({ name: 'a', raw: { devmajor: 'garbage!', devminor: '7' } })],
    [{ name: 'a' }],
  ],
  [
    'long names of GNU are no entries',
    [long('L', n(300)), long('K', n(400)), entry({ name: 'short', linkname: 'short', type: '2' }), entry({ name: 'next' })],
    [{ name: n(300), linkname: n(400), type: '2' }, { name: 'next' }],
  ],
  [
    'a long name counts before pax, in either order',
    [
      pax([['path', 'p']]),
      long('L', 'long1'),
      entry({ name: 'a' }),
      long('L', 'long2'),
      pax([['path', 'p']]),
      entry({ name: 'b' }),
    ],
    [{ name: 'long1' }, { name: 'long2' }],
  ],
  [
    'pax replaces what the header says',
    [
      pax([
        ['path', n(300)],
        ['linkpath', 'l'],
        ['uname', 'u'],
        ['gname', 'g'],
        ['uid', '4294967296'],
        ['gid', '7'],
        ['mtime', '12.9'],
      ]),
      entry({ name: 'a', type: '1', uid: 1, gid: 1, uname: 'x', gname: 'x', mtime: 1 }),
      entry({ name: 'next' }),
    ],
    [{ name: n(300), type: '1', linkname: 'l', ...people, uid: 4294967296, gid: 7, mtime: 12 }, { name: 'next' }],
  ],
  ['pax may empty a text', [pax([['uname', '']]), entry({ name: 'a', uname: 'x' })], [{ name: 'a' }]],
  [
    'pax says how much content there is',
    [pax([['size', '600']]), header({ name: 'a', raw: { size: '00000000001\0' } }), Buffer.alloc(1024, 'c')],
    [{ name: 'a', content: 'c'.repeat(600) }],
  ],
  [
    'the last of several records counts',
    [
      pax([
        ['path', 'p'],
        ['path', 'q'],
      ]),
      entry({ name: 'a' }),
    ],
    [{ name: 'q' }],
  ],
  [
    'other records do not count',
    [
      pax([
        ['comment', 'a=b\n'],
        ['atime', 'x'],
        ['', ''],
      ]),
      entry({ name: 'a' }),
    ],
    [{ name: 'a' }],
  ],
  ['a header without records changes nothing', [pax([]), entry({ name: 'a' })], [{ name: 'a' }]],
  [
    'times before 1970 are negative',
    [entry({ name: 'a', mtime: -1 }), entry({ name: 'b', mtime: -62135596800 }), pax([['mtime', '-3']]), entry({ name: 'c' })],
    [
      { name: 'a', mtime: -1 },
      { name: 'b', mtime: -62135596800 },
      { name: 'c', mtime: -3 },
    ],
  ],
  [
    'attributes are bytes in the order of their bytes',
    [
      pax([
        ['SCHILY.xattr.b', '\xff\0\n='],
        ['SCHILY.xattr.\xe9', '2'],
        ['SCHILY.xattr.B', ''],
        ['SCHILY.xattr.a', '1'],
      ]),
      entry({ name: 'a' }),
    ],
    [{ name: 'a', attributes: ['B', '', 'a', '1', 'b', '\xff\0\n=', '\xe9', '2'] }],
  ],
  [
    'a global header of pax is an entry, and says nothing of others',
    [pax([['path', 'p']], 'g'), entry({ name: 'a' })],
    [{ name: 'PaxHeaders/entry', type: 'g', content: '9 path=p\n' }, { name: 'a' }],
  ],
  [
    'numbers are in base 256 where the top bit says so',
    [entry({ name: 'a', raw: { uid: base256(2n ** 40n, 8), gid: base256(5n, 8), mtime: base256(2n ** 53n - 1n, 12) } })],
    [{ name: 'a', uid: 2 ** 40, gid: 5, mtime: 2 ** 53 - 1 }],
  ],
  [
    'numbers may have blanks and NULs around, and may be missing',
    [
      entry({ name: 'a', raw: { mode: '\0 644 \0\0', uid: '        ', gid: '\0'.repeat(8), mtime: '777777777777' } }),
      entry({ name: 'b', raw: { mode: '644\0junk' } }),
    ],
    [
      { name: 'a', mode: 0o644, mtime: 0o777777777777 },
      { name: 'b', mode: 0o644 },
    ],
  ],
  ['a checksum may be of signed bytes', [entry({ name: '\xff\xfe', checksum: 'signed' })], [{ name: '\xff\xfe' }]],
  ['names are bytes', [entry({ name: 'h\xc3\xa9' }), entry({ name: 'h\xe9' })], [{ name: 'h\xc3\xa9' }, { name: 'h\xe9' }]],
  [
    'whatever its type, an entry has the content that its size says',
    [entry({ name: 'd/', type: '5', content: 'abc' }), entry({ name: 'l', type: '1', linkname: 'd', content: n(513) })],
    [
      { name: 'd/', type: '5', content: 'abc' },
      { name: 'l', type: '1', linkname: 'd', content: n(513) },
    ],
  ],
  [
    'types of every kind are entries',
    [...['0', '\0', '7', 'D', 'M', 'V', 'A', 'X', '\xff'].map((type) => entry({ name: `of ${type}.`, type }))],
    ['0', '\0', '7', 'D', 'M', 'V', 'A', 'X', '\xff'].map((type) => ({ name: type === '\0' ? 'of ' : `of ${type}.`, type })),
  ],
];
