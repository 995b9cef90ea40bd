/** Parses pax extended headers: records of the form `<length> <key>=<value>\n`, one after the other. */
import { ArchiveRefused } from './archive-refused.ts';
import type { Header } from './header.ts';

const attributePrefix = 'SCHILY.xattr.';

/** The keys that replace a field of the header, each with the parser of its value. */
const fields: { readonly [key: string]: (value: string) => Partial<Header> } = {
  path: (name) => ({ name }),
  linkpath: (linkname) => ({ linkname }),
  uname: (uname) => ({ uname }),
  gname: (gname) => ({ gname }),
  uid: (value) => ({ uid: count(value, 'uid') }),
  gid: (value) => ({ gid: count(value, 'gid') }),
  size: (value) => ({ size: count(value, 'size') }),
  mtime: (value) => ({ mtime: seconds(value) }),
};

/** The fields that the records give to the entry that follows. Of several records with one key the last counts. */
export function readPax(bytes: Buffer): Partial<Header> {
  let replaced: Partial<Header> = {};
  const attributes = new Map<string, string>();
  for (const [key, value] of records(bytes)) {
    if (key.startsWith('GNU.sparse.')) throw new ArchiveRefused('is of a sparse file, which is not read here');
    // Refused, since some programs hashed an attribute without a name several times.
    if (key === attributePrefix) throw new ArchiveRefused('has an extended attribute without a name');
    if (key.startsWith(attributePrefix)) attributes.set(key.slice(attributePrefix.length), value);
    else if (Object.hasOwn(fields, key)) replaced = { ...replaced, ...fields[key]?.(value) };
  }
  return { ...replaced, attributes };
}

function* records(bytes: Buffer): Generator<readonly [key: string, value: string]> {
  for (let at = 0; at < bytes.length; ) {
    const { length, from } = lengthAt(bytes, at);
    const end = at + length;
    const equals = bytes.indexOf(0x3d, from);
    if (equals < 0 || equals >= end - 1 || bytes[end - 1] !== 0x0a) throw malformed();
    yield [bytes.toString('latin1', from, equals), bytes.toString('latin1', equals + 1, end - 1)];
    at = end;
  }
}

/** The length of the record at an offset, and the offset of its key. */
function lengthAt(bytes: Buffer, at: number): { length: number; from: number } {
  let length = 0;
  let next = at;
  for (; next < bytes.length && bytes[next] !== 0x20; next++) {
    const digit = (bytes[next] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) throw malformed();
    length = length * 10 + digit;
  }
  return { length, from: next + 1 };
}

function malformed(): ArchiveRefused {
  return new ArchiveRefused('has a malformed pax record');
}

function count(value: string, what: string): number {
  const number = Number(value);
  if (!/^[0-9]+$/.test(value) || !Number.isSafeInteger(number)) throw new ArchiveRefused(`has a pax ${what} that is not a count`);
  return number;
}

/** The whole seconds of a time, without its fraction. */
function seconds(value: string): number {
  const [, whole] = /^(-?[0-9]+)(?:\.[0-9]*)?$/.exec(value) ?? [];
  const number = Number(whole);
  if (!Number.isSafeInteger(number)) throw new ArchiveRefused('has a pax mtime that is not a time');
  return number;
}
