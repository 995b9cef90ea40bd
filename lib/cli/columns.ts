/** Rows of texts under each other. */

/** The rows as lines: the columns to the left of the last one end under each other where `right` says so, and else begin there. */
export function inColumns(rows: readonly (readonly string[])[], right: (column: number) => boolean): string {
  const widths = (rows[0] ?? []).map((_, column) => rows.reduce((most, row) => Math.max(most, (row[column] ?? '').length), 0));
  const padded = (text: string, column: number): string =>
    right(column) ? text.padStart(widths[column] ?? 0) : column === widths.length - 1 ? text : text.padEnd(widths[column] ?? 0);
  return rows.map((row) => `${row.map(padded).join('  ')}\n`).join('');
}
