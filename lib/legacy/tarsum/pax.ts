/** The records of a pax extended header: `<length> <key>=<value>\n`, one after the other. */
import type { Header } from './header.ts';
import { ArchiveRefused } from './refused.ts';

const attributePrefix = 'SCHILY.xattr.';

/** The fields that records replace, each with how its value is read. */
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

/** What the records say of the entry that follows; of several records with one key, the last counts. */
export function readPax(bytes: Buffer): Partial<Header> {
  let said: Partial<Header> = {};
  const attributes = new Map<string, string>();
  for (const [key, value] of records(bytes)) {
    if (key.startsWith('GNU.sparse.')) throw new ArchiveRefused('is of a sparse file, which has no tarsum here');
    // One without a name counted several times in some programs.
    if (key === attributePrefix) throw new ArchiveRefused('has an extended attribute without a name');
    if (key.startsWith(attributePrefix)) attributes.set(key.slice(attributePrefix.length), value);
    else if (Object.hasOwn(fields, key)) said = { ...said, ...fields[key]?.(value) };
  }
  return { ...said, attributes };
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

/** The length of the record at a place, and where its key begins. */
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
