/** `stowage ls`: repositories, or what one of them has. */
import type { Driver, RepositoryName } from '../driver.ts';
import { kindOf, type ListedManifest, listManifests } from '../upkeep/manifest-list.ts';
import { sizeText } from './amounts.ts';
import { inColumns } from './columns.ts';
import type { CliEnvironment, Output } from './environment.ts';
import { interruptible } from './interruptible.ts';
import type { LsArguments } from './parse-arguments.ts';
import { StartError } from './start-error.ts';
import { withInventory } from './storage.ts';

/** Prints a list; gives exit code 0. Throws a `StartError` where the storage cannot be read, or there is nothing to list in a repository. */
export function ls({ storage, repository, untagged, json }: LsArguments, environment: CliEnvironment): Promise<number> {
  const print = json ? printJson : printTable;
  return interruptible(environment, async (signal) => {
    const printed = await withInventory(storage, 'list what is in', (driver) =>
      repository === undefined
        ? printRepositories(driver, json, environment.stdout, signal)
        : print(listManifests(driver, repository, { untagged, signal }), repository, environment.stdout),
    );
    if (repository !== undefined && printed === 0)
      throw new StartError(untagged ? `there is no manifest in ${repository}` : `there is no tag in ${repository}`);
    return 0;
  });
}

/** How many repositories are listed at a time. */
const pageSize = 1_000;

async function printRepositories({ manifests }: Driver, json: boolean, stdout: Output, signal: AbortSignal): Promise<number> {
  let printed = 0;
  for (let after: RepositoryName | undefined; ; ) {
    signal.throwIfAborted();
    const page = await manifests.repositories({ after, limit: pageSize }, signal);
    for (const repository of page) stdout.write(`${json ? JSON.stringify({ repository }) : repository}\n`);
    printed += page.length;
    after = page.at(-1);
    if (page.length < pageSize) return printed;
  }
}

type Print = (listed: AsyncIterable<ListedManifest>, repository: RepositoryName, stdout: Output) => Promise<number>;

const printJson: Print = async (listed, repository, stdout) => {
  let printed = 0;
  for await (const each of listed) {
    stdout.write(`${JSON.stringify({ repository, ...each })}\n`);
    printed++;
  }
  return printed;
};

const printTable: Print = async (listed, _, stdout) => {
  const rows: string[][] = [];
  for await (const { tag = '-', digest, mediaType, bytes, at } of listed)
    rows.push([tag, digest, kindOf(mediaType), sizeText(bytes), at]);
  stdout.write(inColumns(rows, (column) => column === 3));
  return rows.length;
};
