/** A small writer of tar archives, right and wrong ones. Text is bytes, carried as a string of one character for each. */

/** One entry, or an extended header. What is not said is zero or empty. */
export interface Written {
  readonly name?: string;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly mtime?: number;
  readonly type?: string;
  readonly linkname?: string;
  readonly uname?: string;
  readonly gname?: string;
  readonly devmajor?: number;
  readonly devminor?: number;
  readonly prefix?: string;
  readonly content?: string | Uint8Array;
  /** `ustar` if it is not said. */
  readonly format?: 'v7' | 'ustar' | 'gnu' | 'star';
  /** The bytes of a field, in place of its value. */
  readonly raw?: { readonly [field in Field]?: string };
  /** How the checksum is computed, or what it is. */
  readonly checksum?: 'signed' | 'unsigned' | string;
}

/** Where each field is. */
const places = {
  name: [0, 100],
  mode: [100, 108],
  uid: [108, 116],
  gid: [116, 124],
  size: [124, 136],
  mtime: [136, 148],
  type: [156, 157],
  linkname: [157, 257],
  magic: [257, 265],
  uname: [265, 297],
  gname: [297, 329],
  devmajor: [329, 337],
  devminor: [337, 345],
  prefix: [345, 500],
  trailer: [508, 512],
} as const;
type Field = keyof typeof places;

const magics = { v7: '', ustar: 'ustar\x0000', gnu: 'ustar  \0', star: 'ustar\x0000' };

/** An entry: its header, its content and the padding. */
export function entry(written: Written): Buffer {
  const content = bytesOf(written.content ?? '');
  return Buffer.concat([header(written), content, Buffer.alloc(-content.length & 511)]);
}

/** A header block. */
export function header(written: Written): Buffer {
  const { format = 'ustar', type = '0', content = '' } = written;
  const block = Buffer.alloc(512);
  const put = (field: Field, text: string) => block.write(text, places[field][0], lengthOf(field), 'latin1');
  for (const field of ['name', 'linkname', 'uname', 'gname', 'prefix'] as const) put(field, written[field] ?? '');
  for (const field of ['mode', 'uid', 'gid', 'mtime', 'devmajor', 'devminor'] as const) {
    put(field, numeral(written[field] ?? 0, lengthOf(field)));
  }
  put('size', numeral(bytesOf(content).length, 12));
  put('type', type);
  put('magic', magics[format]);
  if (format === 'star') put('trailer', 'tar\0');
  for (const [field, text] of Object.entries(written.raw ?? {})) put(field as Field, text);
  block.write(checksumOf(block, written.checksum), 148, 8, 'latin1');
  return block;
}

function lengthOf(field: Field): number {
  const [from, to] = places[field];
  return to - from;
}

function checksumOf(block: Buffer, how = 'unsigned'): string {
  if (how !== 'signed' && how !== 'unsigned') return how;
  const weight = (byte: number) => (how === 'signed' && byte > 127 ? byte - 256 : byte);
  const sum = block.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : weight(byte)), 0);
  return `${sum.toString(8).padStart(6, '0')}\0 `;
}

/** A number as a field has it: octal where it fits, else base 256. */
function numeral(value: number, length: number): string {
  const octal = value.toString(8).padStart(length - 1, '0');
  return value >= 0 && octal.length < length ? `${octal}\0` : base256(BigInt(value), length);
}

/** A number in base 256 with the mark of that: two's complement. */
export function base256(value: bigint, length: number): string {
  const bytes = Buffer.alloc(length);
  for (let at = length - 1, rest = value; at >= 0; at--, rest >>= 8n) bytes[at] = Number(rest & 0xffn);
  bytes[0] = (bytes[0] ?? 0) | 0x80;
  return bytes.toString('latin1');
}

/** A pax extended header for the entry that follows. */
export function pax(records: Iterable<readonly [key: string, value: string]>, type = 'x'): Buffer {
  return entry({ name: 'PaxHeaders/entry', type, content: [...records].map(record).join('') });
}

function record([key, value]: readonly [key: string, value: string]): string {
  const rest = ` ${key}=${value}\n`;
  const digits = String(rest.length).length;
  const length = rest.length + digits;
  return `${String(length).length === digits ? length : length + 1}${rest}`;
}

/** A long name (`L`) or a long link name (`K`) for the entry that follows. */
export function long(type: 'L' | 'K', name: string): Buffer {
  return entry({ name: '././@LongLink', type, format: 'gnu', content: `${name}\0` });
}

/** An archive of these parts, ended by two blocks of zeros. */
export function archive(...parts: readonly Uint8Array[]): Buffer {
  return Buffer.concat([...parts, Buffer.alloc(1024)]);
}

/** A sequence of bytes in pieces of one size. */
export function* inPieces(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

function bytesOf(content: string | Uint8Array): Uint8Array {
  return typeof content === 'string' ? Buffer.from(content, 'latin1') : content;
}
