/** The progress of cases on a terminal and in a pipe. */
import { describe, expect, it } from 'vitest';
import { progressOn } from '../../../lib/cli/progress.ts';
import type { CaseResult, DriverCase } from '../../../lib/testing/suite/index.ts';

const caseOf = (area: string, name: string): DriverCase => ({
  ...{ name, area, level: 'contract', skipped: undefined, timeout: 1000 },
  run: async () => {},
});
const [first, second, third] = [caseOf('blobs', 'one'), caseOf('blobs', 'two'), caseOf('lists', 'three')] as const;
const passed = (each: DriverCase): CaseResult => ({ case: each, outcome: 'passed', milliseconds: 1 });
const failed = (each: DriverCase): CaseResult => ({
  ...{ case: each, outcome: 'failed', milliseconds: 1 },
  error: new Error('not so\nmore of it'),
});

/** What is written on an output while three cases run, of which the second fails. */
function shownOn(output: { readonly isTTY?: boolean; readonly columns?: number }): string[] {
  const written: string[] = [];
  const progress = progressOn({ ...output, write: (text) => written.push(text) }, 3);
  for (const result of [passed(first), failed(second), passed(third)]) {
    progress.begin(result.case);
    progress.end(result);
  }
  progress.close();
  return written;
}

describe('the progress', () => {
  it('is a line for each area in a pipe, and one for each failure as it happens', () => {
    expect(shownOn({})).toEqual([
      'FAILED contract, blobs: two: not so\n',
      'contract, blobs: 1 passed, 1 failed, 0 skipped\n',
      'contract, lists: 1 passed, 0 failed, 0 skipped\n',
    ]);
  });

  it('is a bar on a terminal that is written over, with the failures above it', () => {
    const clear = '\r\x1b[K';
    expect(shownOn({ isTTY: true, columns: 60 })).toEqual([
      `${clear}[------------------------] 0 of 3, 0 failed  blobs: one`,
      `${clear}[########----------------] 1 of 3, 0 failed  blobs: two`,
      `${clear}FAILED contract, blobs: two: not so\n`,
      `${clear}[################--------] 2 of 3, 1 failed  lists: three`,
      clear,
    ]);
  });

  it('never writes a bar that would wrap', () => {
    const bars = shownOn({ isTTY: true, columns: 40 }).filter((text) => text.includes('['.concat('-')) || text.includes('#'));
    expect(bars.map((text) => text.slice('\r\x1b[K'.length).length)).toEqual([39, 39, 39]);
  });
});
