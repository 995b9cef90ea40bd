/**
 * One header block of a tar archive: old (v7), ustar, GNU or star. What is not in a tarsum is not read, except the checksum.
 * Where readers of tar differ, this one reads as those did that tarsums were made with.
 */
import { countField, numberField, textField } from './field.ts';
import { ArchiveRefused } from './refused.ts';

/** Headers and padding come in blocks of this many bytes. */
export const blockSize = 512;

/** What an archive says about one entry. Text is bytes, one character for each. */
export interface Header {
  readonly name: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** The length of the content that follows, whatever the type. */
  readonly size: number;
  /** Whole seconds since 1970, negative before. */
  readonly mtime: number;
  /** One byte; NUL and `0` are both files, but not the same here. */
  readonly type: string;
  readonly linkname: string;
  readonly uname: string;
  readonly gname: string;
  readonly devmajor: number;
  readonly devminor: number;
  /** The extended attributes, by name. */
  readonly attributes: ReadonlyMap<string, string>;
}

/** What the headers have that came after the first tar. */
type Later = Pick<Header, 'uname' | 'gname' | 'devmajor' | 'devminor'>;

const noAttributes: Header['attributes'] = new Map();

/** Reads one header block. */
export function readHeader(block: Buffer): Header {
  checkSum(block);
  const type = block.toString('latin1', 156, 157);
  const size = countField(block.subarray(124, 136), 'size');
  if (type === 'S') throw new ArchiveRefused('is of a sparse file, which has no tarsum here');
  return {
    name: prefixOf(block) + textField(block.subarray(0, 100)),
    mode: countField(block.subarray(100, 108), 'mode'),
    uid: countField(block.subarray(108, 116), 'uid'),
    gid: countField(block.subarray(116, 124), 'gid'),
    size,
    mtime: numberField(block.subarray(136, 148), 'mtime'),
    type,
    linkname: textField(block.subarray(157, 257)),
    ...laterFields(block, type),
    attributes: noAttributes,
  };
}

function laterFields(block: Buffer, type: string): Later {
  if (formatOf(block) === 'v7') return { uname: '', gname: '', devmajor: 0, devminor: 0 };
  const isDevice = type === '3' || type === '4';
  return {
    uname: textField(block.subarray(265, 297)),
    gname: textField(block.subarray(297, 329)),
    devmajor: isDevice ? countField(block.subarray(329, 337), 'devmajor') : 0,
    devminor: isDevice ? countField(block.subarray(337, 345), 'devminor') : 0,
  };
}

/** The folder that stands before the name, with its slash. GNU headers had none, but writers of the time put one there. */
function prefixOf(block: Buffer): string {
  const format = formatOf(block);
  if (format === 'v7') return '';
  const prefix = textField(block.subarray(345, format === 'star' ? 476 : 500));
  return prefix === '' ? '' : `${prefix}/`;
}

function formatOf(block: Buffer): 'v7' | 'ustar' | 'gnu' | 'star' {
  const magic = block.toString('latin1', 257, 265);
  if (magic === 'ustar  \0') return 'gnu';
  if (!magic.startsWith('ustar\0')) return 'v7';
  return block.toString('latin1', 508, 512) === 'tar\0' ? 'star' : 'ustar';
}

/** The sum of all bytes, with blanks for its own field; some writers took the bytes as signed. */
function checkSum(block: Buffer): void {
  const given = readSum(block);
  let unsigned = 8 * 0x20;
  let high = 0;
  for (let at = 0; at < blockSize; at++) {
    const byte = at >= 148 && at < 156 ? 0 : (block[at] ?? 0);
    unsigned += byte;
    high += byte >> 7;
  }
  if (given !== unsigned && given !== unsigned - 256 * high) throw notHeader(block);
}

function readSum(block: Buffer): number {
  try {
    return numberField(block.subarray(148, 156), 'checksum');
  } catch (error) {
    throw error instanceof ArchiveRefused ? notHeader(block) : error;
  }
}

function notHeader(block: Buffer): ArchiveRefused {
  const isGzip = block[0] === 0x1f && block[1] === 0x8b;
  return new ArchiveRefused(
    isGzip ? 'begins a gzip stream, and only bare tar archives have tarsums' : 'is no header of a tar archive',
  );
}
