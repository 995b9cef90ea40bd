/** `stowage du`: how much lies where. */
import { type Amount, type Usage, usage } from '../upkeep/index.ts';
import { countText, sizeText } from './amounts.ts';
import { inColumns } from './columns.ts';
import type { CliEnvironment } from './environment.ts';
import { interruptible } from './interruptible.ts';
import type { DuArguments } from './parse-arguments.ts';
import { StartError } from './start-error.ts';
import { withInventory } from './storage.ts';

/** Prints what repositories hold; gives exit code 0. Throws a `StartError` where the storage cannot be read, or has none that was named. */
export function du({ storage, repositories, json }: DuArguments, environment: CliEnvironment): Promise<number> {
  return interruptible(environment, async (signal) => {
    const counted = await withInventory(storage, 'count what is in', (driver) => usage(driver, { repositories, signal }));
    if (repositories !== undefined && counted.repositories.length === 0)
      throw new StartError(`there is no repository ${repositories}`);
    environment.stdout.write(json ? `${JSON.stringify(counted)}\n` : tableOf(counted));
    return 0;
  });
}

function tableOf({ repositories, total }: Usage): string {
  const row = (amount: Amount & { readonly trash: Amount }, name: string) => [
    sizeText(amount.bytes),
    String(amount.blobs),
    String(amount.manifests),
    sizeText(amount.trash.bytes),
    name,
  ];
  const last = `in all: ${countText(repositories.length, 'repository', 'repositories')}; what several hold counts once`;
  const rows = [
    ['size', 'blobs', 'manifests', 'trash', 'repository'],
    ...repositories.map((each) => row(each, each.repository)),
    row(total, last),
  ];
  return inColumns(rows, (column) => column < 4);
}
