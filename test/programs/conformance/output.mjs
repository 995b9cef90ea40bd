// @ts-check
/** Reads what the OCI conformance program prints. */

const statuses = /** @type {const} */ (['Disabled', 'Skip', 'Pass', 'FAIL', 'Error', 'Total']);

/**
 * The result and its counts, or undefined if one of them is missing.
 * @param {string} output
 * @returns {{ result: string } & Record<(typeof statuses)[number], number> | undefined}
 */
export function readCounts(output) {
  const [, result, rest] = /^OCI Conformance Result: (\w+)\n((?: {2}\S.*\n)+)/m.exec(output) ?? [];
  if (result === undefined || rest === undefined) return undefined;
  const counts = /** @type {Record<(typeof statuses)[number], number>} */ ({});
  for (const status of statuses) {
    const [, count] = new RegExp(`^ {2}${status}\\.*: +([0-9]+)$`, 'm').exec(rest) ?? [];
    if (count === undefined) return undefined;
    counts[status] = Number(count);
  }
  return { result, ...counts };
}

/**
 * The tests that failed or were skipped and have no test below them, each with what the program says about it.
 * @param {string} output
 */
export function failuresIn(output) {
  const lines = output.slice(0, output.indexOf('OCI Conformance Result')).split('\n');
  return lines.flatMap((line, index) => {
    if (!/^ *OCI Conformance Test.*: (?:FAIL|Error|Skip)$/.test(line)) return [];
    const indent = line.search(/\S/);
    const after = lines.slice(index + 1);
    const end = after.findIndex((other) => !/^ *- /.test(other));
    const next = after[end] ?? '';
    if (next.search(/\S/) > indent) return [];
    return [line.trim(), ...after.slice(0, end).map((detail) => `  ${detail.trim().slice(0, 300)}`)];
  });
}
