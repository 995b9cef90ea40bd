/** The sentences of `lib/driver.ts`, each with where it stands. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const source = readFileSync(join(import.meta.dirname, '../../lib/driver.ts'), 'utf8');

/** What the documentation of one member says, or one rule of the head. */
export interface Documented {
  /** `rule 3`, `names`, `Upload`, `UploadStore.append`. */
  readonly where: string;
  readonly text: string;
}

/** Everything that the contract says. */
export const documented: readonly Documented[] = [...rules(), ...members()];

/** The text of a doc comment before its tags, in one line. */
function textOf(comment: string): string {
  return comment
    .replace(/^ *\/\*\*|\*\/$/g, '')
    .replace(/^ *\* ?/gm, '')
    .replace(/^@[\s\S]*/m, '')
    .replaceAll('**', '')
    .replace(/\{@link (\w+)\}/g, '$1')
    .replace(/\s+/g, ' ')
    .trim();
}

/** The head of the file: what it is, its numbered rules, and what it says of names. */
function rules(): Documented[] {
  const [head = ''] = /\/\*\*[\s\S]*?\*\//.exec(source) ?? [];
  const paragraphs = head.split(/\n \*\n|\n \*(?= \d\. )/).map(textOf);
  return paragraphs.map((text) => {
    const [, number] = /^(\d)\. /.exec(text) ?? [];
    if (number !== undefined) return { where: `rule ${number}`, text: text.slice(3) };
    return { where: text.startsWith('The names') ? 'names' : 'head', text };
  });
}

/** What follows: interfaces, their members, types and the class. */
function members(): Documented[] {
  const all: Documented[] = [];
  let owner = '';
  for (const [, comment = '', line = ''] of source.matchAll(/(\/\*\*(?:(?!\*\/)[\s\S])*\*\/)\n(.*)/g)) {
    const [, name] = /^export (?:interface|type|class|function) (\w+)/.exec(line) ?? [];
    const [, member] = /^ {2}(?:readonly )?(\w+)/.exec(line) ?? [];
    if (name !== undefined) owner = name;
    if (name !== undefined) all.push({ where: name, text: textOf(comment) });
    else if (member !== undefined) all.push({ where: `${owner}.${member}`, text: textOf(comment) });
  }
  return all;
}
