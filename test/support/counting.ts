/** Checks of a script, one after the other, and how many of them passed. */

const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** Begins to count. */
export function startCounting() {
  const counts = { passed: 0, failed: 0 };
  return {
    /** Runs a check, and says how it went; a check that throws has failed, and its error is printed. */
    async attempt(title: string, check: () => unknown): Promise<void> {
      try {
        await check();
        counts.passed += 1;
        print(`ok     ${title}`);
      } catch (error) {
        counts.failed += 1;
        print(`FAILED ${title}\n${error instanceof Error ? error.stack : error}`);
      }
    },

    /** Counts what was run and reported elsewhere; what was skipped is not counted. */
    add(outcomes: readonly ('passed' | 'failed' | 'skipped')[]): void {
      counts.passed += outcomes.filter((outcome) => outcome === 'passed').length;
      counts.failed += outcomes.filter((outcome) => outcome === 'failed').length;
    },

    /** Prints the counts as the last line, and has the process end with 1 if anything failed. */
    finish(): void {
      print(`${counts.passed} passed, ${counts.failed} failed`);
      process.exitCode = counts.failed === 0 ? 0 : 1;
    },
  };
}
