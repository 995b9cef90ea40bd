/** The ways of requests: as figures, and written out. */
import type { Marked } from './marked.ts';

/** What one request did. */
export interface Way {
  readonly request: string;
  /** The functions in the order in which they were entered. One that goes on after `await` or `yield` is not entered again. */
  readonly entries: readonly Marked[];
  /** How many promises were created. */
  readonly promises: number;
}

const columns = ['request', 'files', 'functions', 'entries', 'changes of file', 'changes of room', 'promises'] as const;

/** A way in figures. */
export type Figures = Readonly<Record<Exclude<(typeof columns)[number], 'request'>, number>>;

/** The figures of a way. */
export function figuresOf({ entries, promises }: Way): Figures {
  const files = entries.map(({ file }) => file);
  return {
    files: new Set(files).size,
    functions: new Set(entries).size,
    entries: entries.length,
    'changes of file': withoutRepeats(files).length - 1,
    'changes of room': withoutRepeats(entries.map(({ room }) => room)).length - 1,
    promises,
  };
}

/** The figures of all ways, as a table. */
export function tableOf(ways: readonly Way[]): string {
  const rows = ways.map((way) => {
    const figures = { request: way.request, ...figuresOf(way) };
    return columns.map((column) => figures[column]);
  });
  return [columns, ...rows].map((cells) => `${cells.join(' | ')}\n`).join('');
}

/** A way written out: its rooms, and then its functions with a line for each visit to a file. */
export function writtenOut({ request, entries }: Way): string {
  const rooms = withoutRepeats(entries.map(({ room }) => room)).join(' > ');
  const lines = entries.map(({ file, name }, position) =>
    file === entries[position - 1]?.file ? ` ${name}` : `\n  ${file} ${name}`,
  );
  return `\n${request}\n  ${rooms}${lines.join('')}\n`;
}

const withoutRepeats = (list: readonly string[]): string[] => list.filter((item, position) => item !== list[position - 1]);
