/** What the exchanges have shown of the table, as documents: in the order of the table, so that two runs can be compared. */

/** What the exchanges have shown on one driver. */
export interface DriverCoverage {
  readonly driver: string;
  /** Everything that the table owes, in its order, and the exchanges that showed it: none, if it is missing. */
  readonly metIn: Readonly<Record<string, readonly string[]>>;
}

/** What was owed on a driver, how much of it was seen, and what was not. */
export function summaryOf({ metIn }: DriverCoverage): { owed: number; met: number; missing: string[] } {
  const owed = Object.keys(metIn);
  const missing = owed.filter((obligation) => metIn[obligation]?.length === 0);
  return { owed: owed.length, met: owed.length - missing.length, missing };
}

/** For programs: a summary, then each obligation with the exchanges that showed it on each driver. */
export function toJson(coverages: readonly DriverCoverage[]): object {
  const perDriver = <T>(give: (coverage: DriverCoverage) => T) =>
    Object.fromEntries(coverages.map((coverage) => [coverage.driver, give(coverage)]));
  return {
    summary: perDriver(summaryOf),
    obligations: Object.fromEntries(
      obligationsOf(coverages).map((obligation) => [obligation, perDriver(({ metIn }) => metIn[obligation])]),
    ),
  };
}

/** For people: a summary, then a table for each use case. */
export function toMarkdown(coverages: readonly DriverCoverage[]): string {
  const summaries = coverages.map((coverage) => {
    const { owed, met, missing } = summaryOf(coverage);
    return [coverage.driver, owed, met, missing.join('; ') || 'nothing'];
  });
  const rows = obligationsOf(coverages).map((obligation) => rowOf(obligation, coverages));
  const head = ['reply', ...coverages.map(({ driver }) => driver), 'shown by'];
  const sections = [...new Set(rows.map(({ subject }) => subject))].map((subject) => {
    const own = rows.filter((row) => row.subject === subject).map(({ cells }) => cells);
    return `## ${subject}\n\n${table(head, own)}`;
  });
  return `${[
    '# What the exchanges show of the API',
    table(['driver', 'owed', 'met', 'missing'], summaries),
    'Each reply that the table promises, with the number of exchanges that showed it on each driver, and the first of them.',
    ...sections,
  ].join('\n\n')}\n`;
}

const obligationsOf = ([first]: readonly DriverCoverage[]): string[] => Object.keys(first?.metIn ?? {});

/** `getBlob: 206 with Range` as a row below `getBlob`. */
function rowOf(obligation: string, coverages: readonly DriverCoverage[]): { subject: string; cells: (string | number)[] } {
  const [subject = '', reply = ''] = obligation.split(': ');
  const found = coverages.map(({ metIn }) => metIn[obligation] ?? []);
  const shownBy = [...new Set(found.flat())].slice(0, 3);
  return { subject, cells: [reply, ...found.map(({ length }) => length || '**missing**'), shownBy.join('; ')] };
}

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
