/** The command as a function: arguments in, exit code out. */
import { readConfig } from './config.ts';
import type { CliEnvironment } from './environment.ts';
import { help, version } from './help.ts';
import { configAskedFor, readArguments, UsageError } from './parse-arguments.ts';
import { StartError } from './start-error.ts';

/**
 * Runs a command line; gives its exit code: 0 done, 1 could not start or found a failure, 2 wrong usage, 130 interrupted. Throws only what is a
 * defect of the command itself.
 */
export async function main(words: readonly string[], environment: CliEnvironment): Promise<number> {
  try {
    return await run(words, environment);
  } catch (error) {
    if (error instanceof UsageError) return refuse(2, `${error.message} (see 'stowage --help')`);
    if (error instanceof StartError) return refuse(1, error.message);
    throw error;
  }

  function refuse(code: number, message: string): number {
    environment.stderr.write(`stowage: ${message}\n`);
    return code;
  }
}

async function run(words: readonly string[], environment: CliEnvironment): Promise<number> {
  const { variables } = environment;
  const asked = configAskedFor(words, variables);
  const command = readArguments(words, variables, asked && (await readConfig(asked.file)));
  // Each is imported on demand: no command waits for another one's modules to load.
  if (command.name === 'serve') {
    const { serve } = await import('./serve.ts');
    await serve(command.serve, environment);
    return 0;
  }
  if (command.name === 'import' || command.name === 'export') {
    const { transfer } = await import('./transfer.ts');
    return transfer(command.name, command.transfer, environment);
  }
  if (command.name === 'test-driver') {
    const { testDriver } = await import('./test-driver.ts');
    return testDriver(command.testDriver, environment);
  }
  if (command.name === 'fixture') {
    const { fixture } = await import('./fixture.ts');
    return fixture(command.fixture, environment);
  }
  if (command.name === 'hash-password') {
    const { printHash } = await import('./hash-password.ts');
    return printHash(command.login, environment);
  }
  if (command.name === 'token-key') {
    const { printTokenKey } = await import('./token-key.ts');
    return printTokenKey(environment);
  }
  if (command.name === 'dead-letters') {
    const { deadLetters } = await import('./dead-letters.ts');
    return deadLetters(command.deadLetters, environment);
  }
  if (command.name === 'verify') {
    const { verifyRoot } = await import('./verify.ts');
    return verifyRoot(command.verify, environment);
  }
  if (command.name === 'gc') {
    const { gc } = await import('./gc.ts');
    return gc(command.gc, environment);
  }
  if (command.name === 'du') {
    const { du } = await import('./du.ts');
    return du(command.du, environment);
  }
  if (command.name === 'ls') {
    const { ls } = await import('./ls.ts');
    return ls(command.ls, environment);
  }
  if (command.name === 'init-driver') {
    const { initDriver } = await import('./init-driver.ts');
    return initDriver(command.folder, environment);
  }
  if (command.name === 'coverage') {
    const { coverage } = await import('./coverage.ts');
    return coverage(command.coverage, environment);
  }
  if (command.name === 'check-s3') {
    const { checkBucket } = await import('./check-s3.ts');
    return checkBucket(command.bucket, environment);
  }
  environment.stdout.write(command.name === 'help' ? help : `${version}\n`);
  return 0;
}
