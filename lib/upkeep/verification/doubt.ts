/**
 * What is looked at twice before it is told: beside traffic, something may be deleted, pushed or half moved between two looks. And what is tried
 * again: a storage may be busy.
 */
import { type Inventory, isStorageFault } from '../../driver.ts';
import { pause } from './pace.ts';

/** How long to wait before each further look, in milliseconds: all together, longer than a push takes from a manifest to its entry and its tag. */
const pauses = [50, 250, 700];

/** What a look says that is wrong. */
export interface Wrong {
  readonly words: string;
  /** How many bytes were read for it; undefined where it could not be read. */
  readonly bytes?: number;
}

/** What is wrong, if each of several looks says that something is. What was read is read once more only: it may be long. */
export async function confirmed(
  look: () => Promise<Wrong | undefined>,
  signal: AbortSignal | undefined,
): Promise<Wrong | undefined> {
  let wrong = await look();
  for (const milliseconds of pauses.slice(0, wrong?.bytes === undefined ? pauses.length : 1)) {
    if (wrong === undefined) return undefined;
    await pause(milliseconds, signal);
    wrong = await look();
  }
  return wrong;
}

/** How often a storage that is busy is asked. */
const attempts = 4;

/** What work gives, which is done again where the storage is busy. */
export async function patiently<T>(work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      if (!isStorageFault(error) || error.kind !== 'busy' || attempt === attempts) throw error;
      await pause(error.retryAfterSeconds * 1_000, signal);
    }
  }
}

/** The lists of an inventory, which are asked for again where the storage is busy. */
export function patientLists(
  inventory: Inventory,
  signal: AbortSignal | undefined,
): Pick<Inventory, 'repositories' | 'held' | 'discarded'> {
  return {
    repositories: (...of) => patiently(() => inventory.repositories(...of), signal),
    held: (...of) => patiently(() => inventory.held(...of), signal),
    discarded: (...of) => patiently(() => inventory.discarded(...of), signal),
  };
}

/** The words for what could not be read. Throws what is no damage: the end of the verification, and a storage that is busy or full. */
export function wordsOf(error: unknown, signal: AbortSignal | undefined): string {
  signal?.throwIfAborted();
  if (isStorageFault(error) && error.kind !== 'broken') throw error;
  return `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
}
