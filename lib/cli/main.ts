/** The command line as a function: words in, exit code out. */
import { readArguments, UsageError } from './arguments.ts';
import type { Surroundings } from './environment.ts';
import { help, version } from './help.ts';
import { serve } from './serve.ts';
import { StartError } from './start-error.ts';

/** Does what the words ask for and gives the exit code: 0 done, 1 could not be done or found a failure, 2 not understood. */
export async function main(words: readonly string[], surroundings: Surroundings): Promise<number> {
  try {
    return await run(words, surroundings);
  } catch (error) {
    if (error instanceof UsageError) return refuse(2, `${error.message} (see 'stowage --help')`);
    if (error instanceof StartError) return refuse(1, error.message);
    throw error;
  }

  function refuse(code: number, message: string): number {
    surroundings.stderr.write(`stowage: ${message}\n`);
    return code;
  }
}

async function run(words: readonly string[], surroundings: Surroundings): Promise<number> {
  const command = readArguments(words);
  if (command.name === 'test-driver') {
    // Whoever serves has no use for the suite, and does not wait for it to be loaded.
    const { testDriver } = await import('./test-driver.ts');
    return testDriver(command.testDriver, surroundings);
  }
  if (command.name === 'coverage') {
    const { coverage } = await import('./coverage.ts');
    return coverage(command.coverage, surroundings);
  }
  if (command.name === 'check-s3') {
    const { checkBucket } = await import('./check-s3.ts');
    return checkBucket(command.bucket, surroundings);
  }
  if (command.name === 'serve') await serve(command.serve, surroundings);
  else surroundings.stdout.write(command.name === 'help' ? help : `${version}\n`);
  return 0;
}
