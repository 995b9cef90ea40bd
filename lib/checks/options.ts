/** Tables of options: what holds for each is said in its row, and checks and defaults are read off it; most also say it in words. */
import { type Check, isObject, object } from './check.ts';

/** What holds for one option. */
export interface OptionRule<Value = unknown> {
  /** What is wrong with a value that was given, if anything is. */
  readonly check: Check;
  /** Whether it has to be given. */
  readonly required?: true;
  /** The value where none is given. */
  readonly default?: Value;
}

/** What documents say of one option. */
export interface OptionWords {
  /** What they say of the default where they do not show its value: `24 hours`. */
  readonly defaultWords?: string;
  /** What they say of the option, in Markdown. */
  readonly sentence: string;
}

/** An option as one row. */
export interface OptionRow<Value = unknown> extends OptionRule<Value>, OptionWords {}

/** An option that is an object of options. */
interface OptionGroup<Table> {
  readonly group: Table;
}

/** A rule for every option of an interface, and for nothing else. */
export type OptionRules<Options> = {
  readonly [Name in keyof Options]-?: undefined extends Options[Name]
    ? OptionRule<Options[Name]> | OptionGroup<OptionRules<NonNullable<Options[Name]>>>
    : OptionRule<Options[Name]> & { readonly required: true };
};

/** The words for every option of an interface, and for nothing else, in the order of documents. */
export type OptionWordsOf<Options> = {
  readonly [Name in keyof Options]-?: OptionWords | OptionGroup<OptionWordsOf<NonNullable<Options[Name]>>>;
};

/** A row for every option of an interface, and for nothing else, in the order of documents. */
export type OptionTable<Options> = OptionRules<Options> & OptionWordsOf<Options>;

/** Options with the defaults of their table filled in. */
export type Filled<Options, Table> = {
  readonly [Name in keyof Required<Options>]: Name extends keyof Table
    ? Table[Name] extends { readonly group: infer Group }
      ? Filled<NonNullable<Options[Name]>, Group>
      : Table[Name] extends { readonly default: unknown }
        ? Exclude<Options[Name], undefined>
        : Options[Name]
    : never;
};

/** As much of a table as it takes to check options and to fill in defaults. */
interface Rows {
  readonly [name: string]: OptionRule | { readonly group: Rows };
}

/** All that is wrong with options, each with what would be right. */
export function wrongIn(options: unknown, table: Rows): string[] {
  return isObject(options) && !Array.isArray(options) ? wrongBelow('', options, table) : [`the options ${object(options)}`];
}

function wrongBelow(prefix: string, options: Readonly<Record<string, unknown>>, table: Rows): string[] {
  const groups: string[] = [];
  // Those that were given come first, and then those that are missing.
  const names = new Set([...Object.keys(options), ...Object.keys(table)]);
  const wrong = [...names].flatMap((name) => {
    const row = Object.hasOwn(table, name) ? table[name] : undefined;
    const value = options[name];
    if (row === undefined) return [`there is no option '${prefix}${name}'; use ${Object.keys(table).join(', ')}`];
    if (value === undefined && !('required' in row)) return [];
    const complaint = 'group' in row ? object(value) : row.check(value);
    if (complaint !== undefined) return [`${prefix}${name} ${complaint}`];
    if ('group' in row && isObject(value)) groups.push(...wrongBelow(`${prefix}${name}.`, value, row.group));
    return [];
  });
  return [...wrong, ...groups];
}

/** A check that takes an object whose members are as the table has them. Nothing is filled in. */
export function membersOf<Options>(table: OptionRules<Options>): Check {
  return (value) => {
    const complaint = object(value);
    if (complaint !== undefined) return complaint;
    const wrong = wrongIn(value, table);
    return wrong.length === 0 ? undefined : `is wrong: ${wrong.join('; ')}`;
  };
}

/**
 * Options with the defaults of their table. Throws a TypeError that lists all that is wrong, and begins with the function that
 * was called; `others` is what the table cannot know to be wrong.
 */
export function parseOptions<Options extends object, Table extends OptionRules<Options>>(
  caller: string,
  given: Options,
  table: Table,
  others: readonly string[] = [],
): Filled<Options, Table> {
  // Callers in JavaScript leave options out where types ask for them.
  const options: object = given === undefined ? {} : given;
  const wrong = [...wrongIn(options, table), ...others];
  if (wrong.length > 0) throw new TypeError(`${caller}: ${wrong.join('; ')}`);
  return filled(options, table) as Filled<Options, Table>;
}

function filled(options: object, table: Rows): object {
  const entries = Object.entries(table).map(([name, row]) => {
    const value: unknown = Reflect.get(options, name);
    if ('group' in row) return [name, filled(isObject(value) ? value : {}, row.group)];
    return [name, value === undefined ? row.default : value];
  });
  return Object.fromEntries(entries);
}
