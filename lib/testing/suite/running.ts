/** From definitions and a driver to cases that run: storage that is made and removed, and failures that teach. */
import assert from 'node:assert/strict';
import type { Driver, RepositoryName, UploadId } from '../../driver.ts';
import { telling, wholeStory } from '../error-text.ts';
import { altered } from '../override-driver.ts';
import type { DriverCase } from './case.ts';
import type { Amounts, Definition, Level, Need, Storage } from './definition.ts';
import { heldNow, nothingMoreThan } from './leftovers.ts';
import type { DriverUnderTest } from './options.ts';
import { type ContractPromise, promises } from './promises.ts';

/** How long a case may take where it does not ask for more, in milliseconds. */
export const usual = 30_000;

const amounts: Amounts = { tags: 1_000_000, blobBytes: 2 ** 30, uploads: 10_000, sequences: 300, seed: 'stowage' };

/** A definition, for the driver that it is to be run on. */
export function caseOf(options: DriverUnderTest, level: Level, area: string, definition: Definition): DriverCase {
  const { name, needs = [], timeout = usual } = definition;
  return {
    name,
    level,
    area,
    timeout,
    skipped: needs.map((need) => whyNot(options, need)).find((reason) => reason !== undefined),
    run: () => run(options, definition),
  };
}

/** Why something that a case needs is not there; undefined if it is. */
export function whyNot({ lacks = [], reopen, peer, faults, losePower }: DriverUnderTest, need: Need): string | undefined {
  if (need === 'reopen') return reopen ? undefined : 'skipped: no reopen() was given';
  if (need === 'peer') return peer ? undefined : 'skipped: no peer() was given';
  if (need === 'faults') return faults ? undefined : 'skipped: no faults() were given';
  if (need === 'losePower') return losePower ? undefined : 'skipped: no losePower() was given';
  return lacks.includes(need) ? `skipped: this driver has no ${need}` : undefined;
}

async function run(options: DriverUnderTest, definition: Definition): Promise<void> {
  await leavingNothing(async () => {
    try {
      await withStorage(options, (driver, storage) => definition.run(driver, storage));
    } catch (error) {
      throw explained(error, definition);
    }
  });
}

/** Does something with drivers that are closed in the end; fails if this process then holds more than before. */
export async function leavingNothing(use: () => Promise<void>): Promise<void> {
  const before = heldNow();
  await use();
  try {
    await nothingMoreThan(before);
  } catch (error) {
    throw explained(error, { promises: ['close'] });
  }
}

/** Does something with storage of its own; closes every driver on it afterwards, and looks whether anything was left staged. */
export async function withStorage<T>(
  options: DriverUnderTest,
  use: (driver: Driver, storage: Storage) => Promise<T>,
): Promise<T> {
  const { create, reopen, peer, dispose, faults, losePower, staged } = options;
  const origin = await asked('create()', create);
  const uploads = new Map<UploadId, RepositoryName>();
  const watched = (driver: Driver): Driver => noting(driver, uploads);
  let current = origin;
  const peers: Driver[] = [];
  const storage: Storage = {
    reopen: async () => {
      await asked('close()', () => current.close?.());
      current = await asked('reopen()', () => given(reopen, 'reopen')(origin));
      return watched(current);
    },
    peer: async () => {
      const another = await asked('peer()', () => given(peer, 'peer')(origin));
      peers.push(another);
      return watched(another);
    },
    get faults() {
      return given(faults, 'faults')(origin);
    },
    losePower: (survives) => given(losePower, 'losePower')(origin, survives),
    another: (useOther) => withStorage(options, useOther),
    amounts: { ...amounts, ...options.amounts },
    lacks: options.lacks ?? [],
  };
  try {
    const value = await use(watched(origin), storage);
    for (const [id, repo] of uploads) await current.uploads.delete(repo, id);
    const left = (await asked('staged()', () => staged?.(origin))) ?? [];
    // Copied, since under Jest a list that Node made is of another realm than one of the suite.
    assert.deepEqual([...left], [], 'something is left of uploads that have ended');
    return value;
  } finally {
    try {
      for (const driver of [...peers, current]) await asked('close()', () => driver.close?.());
    } finally {
      await asked('dispose()', () => dispose?.(origin));
    }
  }
}

/** Something that failed before or after a case, and says nothing of its rule. */
class AroundCase extends Error {
  override readonly name = 'AroundCase';
}

/** What a function gives that brings a driver or takes it away; its failure is told as its own. */
async function asked<T>(what: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new AroundCase(`${what} threw, not the case: ${wholeStory(cause)}`, { cause });
  }
}

function given<T>(option: T | undefined, name: string): T {
  assert.ok(option, `the case needs ${name}() and does not say so`);
  return option;
}

/** The driver itself; the uploads that are begun are noted, so that they can be ended when the case is over. */
function noting(driver: Driver, uploads: Map<UploadId, RepositoryName>): Driver {
  const create: Driver['uploads']['create'] = (repo, id, start) => {
    uploads.set(id, repo);
    return driver.uploads.create(repo, id, start);
  };
  return altered(driver, { uploads: { create } });
}

/** The error itself, whose message goes on with what the contract says and what to do about it. */
function explained(error: unknown, { promises: broken }: Pick<Definition, 'promises'>): unknown {
  if (error instanceof AroundCase) return error;
  const quotes = broken.map((name) => {
    const { where, says, advice }: ContractPromise = promises[name];
    return `  ${where}: ${says}\n    ${advice}`;
  });
  return telling(error, `\n\nThe contract (lib/driver.ts, docs/drivers.md) says:\n${quotes.join('\n')}\n`);
}
