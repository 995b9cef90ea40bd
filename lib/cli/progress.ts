/** The progress of cases while they run: a bar where a line can be overwritten, and elsewhere a line for each area. */
import type { CaseResult, DriverCase } from '../testing/suite/index.ts';
import { countsLine, failureHeading } from '../testing/suite/report.ts';
import type { Output } from './environment.ts';

/** What is told of cases that run one after the other. Each failure is a line as it happens, whatever shows the progress. */
export interface Progress {
  begin(next: DriverCase): void;
  end(result: CaseResult): void;
  /** No other case follows. */
  close(): void;
}

/** Shows the progress of this many cases. */
export function progressOn(output: Output, all: number): Progress {
  return output.isTTY ? progressBar(output, all) : areaLines(output);
}

/** How many characters of the bar stand for all cases. */
const barWidth = 24;
/** How wide a terminal is that does not say so. */
const usualColumns = 80;

/** Clears the line of the terminal that the cursor is in. */
export const clear = '\r\x1b[K';

/** What has a terminal show a line in place of the one before. One that wraps could not be overwritten. */
export const overwritten = ({ columns = usualColumns }: Output, line: string): string => clear + line.slice(0, columns - 1);

function progressBar(output: Output, all: number): Progress {
  let done = 0;
  let failed = 0;
  return {
    begin({ area, name }) {
      const filled = Math.floor((done / all) * barWidth);
      const bar = `[${'#'.repeat(filled)}${'-'.repeat(barWidth - filled)}] ${done} of ${all}, ${failed} failed  ${area}: ${name}`;
      output.write(overwritten(output, bar));
    },
    end(result) {
      done += 1;
      if (result.outcome !== 'failed') return;
      failed += 1;
      output.write(`${clear}${failureLine(result)}\n`);
    },
    close: () => void output.write(clear),
  };
}

function areaLines(output: Output): Progress {
  let area = '';
  let results: CaseResult[] = [];
  const close = (): void => {
    if (results.length > 0) output.write(`${area}: ${countsLine(results)}\n`);
    results = [];
  };
  return {
    begin(next) {
      const other = `${next.level}, ${next.area}`;
      if (other !== area) close();
      area = other;
    },
    end(result) {
      results.push(result);
      if (result.outcome === 'failed') output.write(`${failureLine(result)}\n`);
    },
    close,
  };
}

function failureLine(result: CaseResult): string {
  const [line = ''] = (result.error instanceof Error ? result.error.message : String(result.error)).split('\n');
  return `${failureHeading(result)}: ${line}`;
}
