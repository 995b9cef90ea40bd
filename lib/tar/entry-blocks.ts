/** Writes what precedes the content of an entry: ustar, with pax headers (POSIX.1-2001, "pax") where a name or a number does not fit. */
import { type EntryType, entryTypes } from './entry-type.ts';
import { blockSize } from './header.ts';

/** What the header of an entry says. */
export interface EntryFields {
  /** Without a slash at its end, for directories, too. */
  readonly name: string;
  readonly type: EntryType;
  /** The permission bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since 1970. */
  readonly mtime: number;
  /** Where a link points, or the name of the entry that a hard link is. */
  readonly link: string;
  readonly device: { readonly major: number; readonly minor: number };
}

/** The blocks before the content of an entry, which is so many bytes. Throws a TypeError for a name with U+0000, which ends a name. */
export function blocksBefore(entry: EntryFields, size: number): Uint8Array[] {
  const name = entry.type === 'directory' ? `${entry.name}/` : entry.name;
  if (`${name}${entry.link}`.includes('\0')) throw new TypeError(`a name in an archive has no U+0000: ${JSON.stringify(name)}`);
  const { uid, gid, mtime, link } = entry;
  const place = placeOf(name);
  // What a field does not hold is in a pax header that precedes the entry, and the field has what fits.
  const records = [
    ...(place.isWhole ? [] : [record('path', name)]),
    ...(fits(link, 100) ? [] : [record('linkpath', link)]),
    ...numbersBeside({ uid: [uid, 7], gid: [gid, 7], size: [size, 11], mtime: [mtime, 11] }),
  ];
  const extended = Buffer.from(records.join(''));
  const extension = { ...place, name: '././@PaxHeader', prefix: '', type: 'x', mode: 0o644, size: extended.length };
  return [
    ...(extended.length === 0 ? [] : [header(extension), extended, paddingAfter(extended.length)]),
    header({ ...entry, ...place, type: entryTypes[entry.type], link: cut(link, 100), size }),
  ];
}

/** What fills the last block of so many bytes of content. */
export const paddingAfter = (size: number): Uint8Array => Buffer.alloc(paddingOf(size));

/** How many bytes fill the last block of so many bytes of content. */
export const paddingOf = (size: number): number => (blockSize - (size % blockSize)) % blockSize;

/** The fields of a header. A number that its field does not hold is written as the nearest one that it holds. */
interface Fields extends Partial<Pick<EntryFields, 'uid' | 'gid' | 'mtime' | 'link' | 'device'>> {
  readonly name: string;
  readonly prefix: string;
  readonly type: string;
  readonly mode: number;
  readonly size: number;
}

function header({ name, prefix, type, mode, size, uid = 0, gid = 0, mtime = 0, link = '', device }: Fields): Buffer {
  const block = Buffer.alloc(blockSize);
  const fields: readonly (readonly [offset: number, text: string])[] = [
    [0, name],
    [100, octal(mode, 7)],
    [108, octal(uid, 7)],
    [116, octal(gid, 7)],
    [124, octal(size, 11)],
    [136, octal(mtime, 11)],
    [148, ' '.repeat(8)],
    [156, type],
    [157, link],
    [257, 'ustar\x0000'],
    [329, octal(device?.major ?? 0, 7)],
    [337, octal(device?.minor ?? 0, 7)],
    [345, prefix],
  ];
  for (const [offset, text] of fields) block.write(text, offset, 'latin1');
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${octal(sum, 6)}\0 `, 148, 'latin1');
  return block;
}

const largest = (digits: number): number => 8 ** digits - 1;

function octal(value: number, digits: number): string {
  return Math.min(Math.max(Math.floor(value), 0), largest(digits))
    .toString(8)
    .padStart(digits, '0');
}

function numbersBeside(fields: Readonly<Record<string, readonly [value: number, digits: number]>>): string[] {
  return Object.entries(fields)
    .filter(([, [value, digits]]) => !Number.isInteger(value) || value < 0 || value > largest(digits))
    .map(([key, [value]]) => record(key, String(value)));
}

/** Whether a text fits into a field of ustar, which is of ASCII. */
const fits = (text: string, length: number): boolean => text.length <= length && /^\p{ASCII}*$/u.test(text);

/** What a field holds of a text that does not fit: it is for readers that do not know pax. */
const cut = (text: string, length: number): string => text.replaceAll(/\P{ASCII}/gu, '_').slice(0, length);

/** Where a name goes: into the field of names, or divided at a slash between that and the prefix. */
function placeOf(name: string): { readonly name: string; readonly prefix: string; readonly isWhole: boolean } {
  if (fits(name, 100)) return { name, prefix: '', isWhole: true };
  const slash = name.indexOf('/', name.length - 101);
  const [prefix, rest] = [name.slice(0, slash), name.slice(slash + 1)];
  if (slash > 0 && rest !== '' && fits(prefix, 155) && fits(rest, 100)) return { name: rest, prefix, isWhole: true };
  return { name: cut(name, 100), prefix: '', isWhole: false };
}

/** A record of a pax header. It begins with its own length in bytes, with the digits of that. */
function record(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const length = Buffer.byteLength(rest);
  const digits = String(length + String(length).length).length;
  return `${length + digits}${rest}`;
}
