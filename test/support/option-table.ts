/** Tables of options as documents show them, and the defaults that docstrings name. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OptionRow } from '../../lib/checks/options.ts';
import { markdownTable } from './markdown-table.ts';

/** As much of a table as documents show. */
interface Rows {
  readonly [name: string]: Omit<OptionRow, 'check'> | { readonly group: Rows };
}

interface Option {
  /** With its group: `limits.descriptors`. */
  readonly name: string;
  /** Its default in Markdown, or nothing. */
  readonly default: string;
  readonly sentence: string;
}

/** The options of a table in its order, groups in their place. */
export function optionsOf(rows: Rows, prefix = ''): readonly Option[] {
  return Object.entries(rows).flatMap(([name, row]) =>
    'group' in row
      ? optionsOf(row.group, `${prefix}${name}.`)
      : [{ name: prefix + name, default: defaultOf(row), sentence: row.sentence }],
  );
}

function defaultOf({ default: value, defaultWords }: Omit<OptionRow, 'check'>): string {
  if (defaultWords !== undefined) return defaultWords;
  if (typeof value === 'number') return value.toLocaleString('en-US');
  if (typeof value === 'string') return `\`'${value}'\``;
  return value === undefined ? '' : `\`${value}\``;
}

/** A table of Markdown. */
export function optionTable(rows: Rows): string {
  const cells = optionsOf(rows).map((option) => [`\`${option.name}\``, option.default, option.sentence.replaceAll('|', '\\|')]);
  return markdownTable([['option', 'default', ''], ...cells]);
}

/** What the docstrings of a source file say of each member that has one, in one line: `{ deletes: 'Serve … Default: true.' }`. */
export function docstringsIn(path: string): ReadonlyMap<string, string> {
  const source = readFileSync(join(import.meta.dirname, '../..', path), 'utf8');
  const found = source.matchAll(/^ {2}\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n {2}readonly (\w+)/gm);
  return new Map([...found].map(([, comment = '', name = '']) => [name, comment.replace(/\s*\n\s*\*?\s*/g, ' ').trim()]));
}
