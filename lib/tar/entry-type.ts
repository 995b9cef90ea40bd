/** What entries can be, as ustar writes it. */
import { ArchiveRefused } from './archive-refused.ts';
import type { Header } from './header.ts';

/** The types of entries, with the code of each. */
export const entryTypes = {
  file: '0',
  hardLink: '1',
  link: '2',
  character: '3',
  block: '4',
  directory: '5',
  fifo: '6',
} as const;
export type EntryType = keyof typeof entryTypes;

const typesByCode: ReadonlyMap<string, EntryType> = new Map([
  ...(Object.keys(entryTypes) as EntryType[]).map((type) => [entryTypes[type], type] as const),
  // Archives of before ustar, and a file that is to lie in one piece.
  ['\0', 'file'],
  ['7', 'file'],
]);

/** The type of an entry. Throws {@link ArchiveRefused} for one that is not read here. */
export function entryTypeOf({ type: code, name }: Pick<Header, 'type' | 'name'>): EntryType {
  const type = typesByCode.get(code);
  if (type === undefined) throw new ArchiveRefused(`is of the type ${JSON.stringify(code)}, which is not read here`);
  // Before ustar, a slash at the end of its name was what made a directory.
  return type === 'file' && name.endsWith('/') ? 'directory' : type;
}

/** Text of a header, which has one character for each byte, as the UTF-8 that it is. */
export const headerText = (latin1: string): string => Buffer.from(latin1, 'latin1').toString();
