/** `stowage fixture`: runs a command beside a registry that lives as long as it. */
import { statSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { fromArchive, fromLayout, type Recorder, startRegistry, type TestRegistry } from '../testing/fixture/index.ts';
import type { CliEnvironment } from './environment.ts';
import type { SeedArgument } from './fixture-values.ts';
import type { FixtureArguments } from './parse-arguments.ts';
import { runCommand } from './run-command.ts';
import { needed } from './start-error.ts';

/**
 * Starts a registry, runs the command with the variables by which clients find it, and gives the exit code of the command. Throws a
 * {@link StartError} if the registry cannot have what it is to have.
 */
export async function fixture(asked: FixtureArguments, environment: CliEnvironment): Promise<number> {
  const { auth, user, behaviours, seeds, faults, requests, record, command } = asked;
  const registry = await startRegistry({ auth, behaviours });
  try {
    for (const each of seeds) await seed(registry, each);
    for (const each of faults) registry.fail(each);
    const recorder = record === undefined ? undefined : await startRecording(registry, record);
    // They are in a folder for temporary files, and a machine may have none.
    const own = await needed('write the logins of the registry', () => registry.env({ user }));
    const variables = { ...environment.variables, ...own };
    const code = await runCommand(command, { ...environment, variables });
    if (requests) environment.stderr.write(`${registry.requests}\n`);
    if (record !== undefined) await recorder?.save(record);
    return code;
  } finally {
    await registry.close();
  }
}

/** Begins a recording. It is saved when the command has ended, and a file that cannot be written is better known before. */
async function startRecording(registry: TestRegistry, file: string): Promise<Recorder> {
  await needed(`write the recording to ${file}`, () => appendFile(file, ''));
  return registry.record();
}

function seed(registry: TestRegistry, { reference, path, entry }: SeedArgument): Promise<unknown> {
  return needed(`seed ${reference} from ${path}`, async () => {
    const read = statSync(path).isDirectory() ? fromLayout : fromArchive;
    return registry.seed(reference, await read(path, { ref: entry }));
  });
}
