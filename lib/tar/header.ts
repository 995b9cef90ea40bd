/**
 * Parses a header block of a tar archive: v7, ustar, GNU or star. Only the checksum and the fields that are part of a tarsum are
 * read. Where programs differ, it reads as the programs did that made tarsums.
 */
import { ArchiveRefused } from './archive-refused.ts';
import { countField, numberField, textField } from './field.ts';

/** The size of a block, in bytes. */
export const blockSize = 512;

/** The header of one entry. Text has one character for each byte. */
export interface Header {
  readonly name: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** The length of the content that follows, in bytes, for every type. */
  readonly size: number;
  /** Whole seconds since 1970; negative before. */
  readonly mtime: number;
  /** One character. NUL and `0` both mean a file, but give different tarsums. */
  readonly type: string;
  readonly linkname: string;
  readonly uname: string;
  readonly gname: string;
  readonly devmajor: number;
  readonly devminor: number;
  /** The extended attributes, by name. */
  readonly attributes: ReadonlyMap<string, string>;
}

/** The fields that v7 headers lack. */
type Later = Pick<Header, 'uname' | 'gname' | 'devmajor' | 'devminor'>;

const noAttributes: Header['attributes'] = new Map();

/** Parses one header block. Throws {@link ArchiveRefused} if it is not one, or of a sparse file. */
export function readHeader(block: Buffer): Header {
  checkSum(block);
  const type = block.toString('latin1', 156, 157);
  const size = countField(block.subarray(124, 136), 'size');
  if (type === 'S') throw new ArchiveRefused('is of a sparse file, which is not read here');
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

/** The prefix of the name, with a slash. The GNU format has none, but programs of that time wrote one. */
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

/** Checks the sum of all bytes, with blanks in place of its own field. Some programs summed them as signed bytes. */
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
    isGzip ? 'begins a gzip stream, and only bare tar archives are read' : 'is no header of a tar archive',
  );
}
