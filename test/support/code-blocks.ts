/** The fenced blocks of code in the documents. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** A block of code, and where it stands. */
export interface Block {
  /** A path from the root of the project. */
  readonly document: string;
  /** The line of its fence. */
  readonly line: number;
  /** The first word behind the fence, or nothing. */
  readonly language: string;
  /** Its lines, less the indentation of the fence. */
  readonly code: string;
}

/** What is written for people: paths from the root of the project. */
export const documents: readonly string[] = [
  ...readdirSync(root),
  ...['docs', 'examples'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true }).map((name) => join(folder, `${name}`)),
  ),
].filter((name) => name.endsWith('.md') && !name.includes('node_modules'));

/** The blocks of a document, in their order. Throws where a fence is left open. */
export function blocksOf(document: string): Block[] {
  const text = readFileSync(join(root, document), 'utf8');
  const fenced = /^( *)(`{3,}|~{3,})(\w*)[^\n]*\n((?:[^\n]*\n)*?)\1\2$/gm;
  const blocks = [...text.matchAll(fenced)].map(({ index, 1: indent = '', 3: language = '', 4: code = '' }) => ({
    document,
    line: text.slice(0, index).split('\n').length,
    language,
    code: code.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  }));
  if (/^ *(?:`{3,}|~{3,})/m.test(text.replaceAll(fenced, ''))) throw new SyntaxError(`${document} leaves a fence open`);
  return blocks;
}

/** The one block of a document with these words. Throws where there are none, or several. */
export function blockWith(document: string, words: string): string {
  const [found, ...others] = blocksOf(document).filter(({ code }) => code.includes(words));
  if (!found || others.length > 0)
    throw new TypeError(`${document} has ${others.length + (found ? 1 : 0)} blocks with '${words}'`);
  return found.code;
}
