/** Tables of options as documents show them, and the defaults that docstrings name. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OptionRule, OptionWords } from '../../lib/checks/options.ts';
import { markdownTable } from './markdown-table.ts';

/** As much of a table as documents show. */
interface Rows {
  readonly [name: string]: Row | { readonly group: Rows };
}
type Row = Pick<OptionRule, 'default'> & OptionWords;

interface Rules {
  readonly [name: string]: OptionRule | { readonly group: Rules };
}
interface Words {
  readonly [name: string]: OptionWords | { readonly group: Words };
}

/** Rules and words of the same options as one table. */
export function inWords(rules: Rules, words: Words): Rows {
  const rows = Object.entries(words).map(([name, said]) => {
    const rule = rules[name];
    if (rule === undefined || 'group' in said !== 'group' in rule) throw new Error(`${name} has words and no rule`);
    return [name, 'group' in said && 'group' in rule ? { group: inWords(rule.group, said.group) } : { ...rule, ...said }];
  });
  return Object.fromEntries(rows);
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

function defaultOf({ default: value, defaultWords }: Row): string {
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

/**
 * What the docstrings of a source file say of members with a name, in one line each: `{ deletes: ['Serve … Default: true.'] }`. Members of
 * several interfaces may have one name.
 */
export function docstringsIn(path: string): ReadonlyMap<string, readonly string[]> {
  const source = readFileSync(join(import.meta.dirname, '../..', path), 'utf8');
  const found = source.matchAll(/^ {2}\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n {2}readonly (\w+)/gm);
  const lines = [...found].map(([, comment = '', name = '']) => ({ name, line: comment.replace(/\s*\n\s*\*?\s*/g, ' ').trim() }));
  return new Map(lines.map(({ name }) => [name, lines.filter((each) => each.name === name).map(({ line }) => line)]));
}
