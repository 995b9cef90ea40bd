/** `stowage fixture`: runs a command beside a registry that lives as long as it. */
import { statSync } from 'node:fs';
import { fromArchive, fromLayout, startRegistry, type TestRegistry } from '../testing/fixture/index.ts';
import type { CliEnvironment } from './environment.ts';
import type { SeedArgument } from './fixture-values.ts';
import type { FixtureArguments } from './parse-arguments.ts';
import { runCommand } from './run-command.ts';
import { messageOf, StartError } from './start-error.ts';

/**
 * Starts a registry, runs the command with the variables by which clients find it, and gives the exit code of the command. Throws a
 * {@link StartError} if the registry cannot have what it is to have.
 */
export async function fixture(asked: FixtureArguments, environment: CliEnvironment): Promise<number> {
  const { auth, seeds, faults, requests, record, command } = asked;
  const registry = await startRegistry({ auth });
  try {
    for (const each of seeds) await seed(registry, each);
    for (const each of faults) registry.fail(each);
    const recorder = record === undefined ? undefined : registry.record();
    const variables = { ...environment.variables, ...registry.env() };
    const code = await runCommand(command, { ...environment, variables });
    if (requests) environment.stderr.write(`${registry.requests}\n`);
    if (record !== undefined) await recorder?.save(record);
    return code;
  } finally {
    await registry.close();
  }
}

async function seed(registry: TestRegistry, { reference, path, entry }: SeedArgument): Promise<void> {
  try {
    const read = statSync(path).isDirectory() ? fromLayout : fromArchive;
    await registry.seed(reference, await read(path, { ref: entry }));
  } catch (error) {
    throw new StartError(`cannot seed ${reference} from ${path}: ${messageOf(error)}`);
  }
}
