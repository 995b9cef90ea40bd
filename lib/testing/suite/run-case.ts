/** Binds rules to a driver: storage is created and removed around each case, and failures quote the contract. */
import assert from 'node:assert/strict';
import type { Driver, RepositoryName, UploadId } from '../../driver.ts';
import { errorChain, withMessage } from '../error-text.ts';
import { overrideDriver } from '../override-driver.ts';
import type { DriverCase } from './case.ts';
import type { Amounts, Definition, Level, Need, Storage } from './definition.ts';
import { assertNoLeaks, countResources } from './leaks.ts';
import type { DriverUnderTest } from './options.ts';
import { type ContractPromise, type PromiseName, promises } from './promises.ts';

/** How long a case may take if it does not ask for more, in milliseconds. */
export const defaultTimeout = 30_000;

const defaultAmounts: Amounts = {
  tags: 1_000_000,
  blobBytes: 2 ** 30,
  uploads: 10_000,
  sequences: 300,
  rounds: 20,
  seed: 'stowage',
};

/** Creates the case of a rule for the driver that the options give. */
export function createCase(options: DriverUnderTest, level: Level, area: string, definition: Definition): DriverCase {
  const { name, needs = [], timeout = defaultTimeout } = definition;
  return {
    name,
    level,
    area,
    timeout,
    skipped: needs.map((need) => skipReason(options, need)).find((reason) => reason !== undefined),
    run: () => run(options, definition),
  };
}

/** Why the options or the driver do not have what a case needs; undefined if they do. */
export function skipReason({ lacks = [], reopen, peer, faults, losePower }: DriverUnderTest, need: Need): string | undefined {
  if (need === 'reopen') return reopen ? undefined : 'skipped: no reopen() was given';
  if (need === 'peer') return peer ? undefined : 'skipped: no peer() was given';
  if (need === 'faults') return faults ? undefined : 'skipped: no faults() were given';
  if (need === 'losePower') return losePower ? undefined : 'skipped: no losePower() was given';
  return lacks.includes(need) ? `skipped: this driver has no ${need}` : undefined;
}

async function run(options: DriverUnderTest, definition: Definition): Promise<void> {
  await checkLeaks(async () => {
    try {
      await withStorage(options, (driver, storage) => definition.run(driver, storage));
    } catch (error) {
      throw explain(error, definition);
    }
  });
}

/** Runs `use`, which closes its drivers; fails if this process then holds more resources than before. */
export async function checkLeaks(use: () => Promise<void>): Promise<void> {
  const before = countResources();
  await use();
  try {
    await assertNoLeaks(before);
  } catch (error) {
    throw explain(error, { promises: ['close'] });
  }
}

/**
 * Runs `use` with a driver on a new storage. Afterwards it ends the uploads that are left, fails if `staged` lists anything, closes
 * every driver on the storage and disposes of it.
 */
export async function withStorage<T>(
  options: DriverUnderTest,
  use: (driver: Driver, storage: Storage) => Promise<T>,
): Promise<T> {
  const { create, reopen, peer, dispose, faults, losePower, staged } = options;
  const origin = await callOption('create()', create);
  const uploads = new Map<UploadId, RepositoryName>();
  const recorded = (driver: Driver): Driver => recordUploads(driver, uploads);
  let current = origin;
  const peers: Driver[] = [];
  const storage: Storage = {
    reopen: async () => {
      await callOption('close()', () => current.close?.());
      current = await callOption('reopen()', () => requireOption(reopen, 'reopen')(origin));
      return recorded(current);
    },
    peer: async () => {
      const another = await callOption('peer()', () => requireOption(peer, 'peer')(origin));
      peers.push(another);
      return recorded(another);
    },
    hasPeer: peer !== undefined,
    withPeer: async (useOther) => {
      const another = await callOption('peer()', () => requireOption(peer, 'peer')(origin));
      try {
        return await useOther(recorded(another));
      } finally {
        await callOption('close()', () => another.close?.());
      }
    },
    get faults() {
      return requireOption(faults, 'faults')(origin);
    },
    losePower: (survives) => {
      assert.ok(typeof losePower === 'function', 'the case needs losePower() and does not say so');
      losePower(origin, survives);
    },
    another: (useOther) => withStorage(options, useOther),
    amounts: { ...defaultAmounts, ...options.amounts },
    lacks: options.lacks ?? [],
  };
  try {
    const value = await use(recorded(origin), storage);
    for (const [id, repo] of uploads) await current.uploads.delete(repo, id);
    const left = (await callOption('staged()', () => staged?.(origin))) ?? [];
    if (left.length > 0) throw leftovers(left);
    return value;
  } finally {
    try {
      for (const driver of [...peers, current]) await callOption('close()', () => driver.close?.());
    } finally {
      await callOption('dispose()', () => dispose?.(origin));
    }
  }
}

/** A failure before or after a case, which says nothing about its rule. */
class AroundCase extends Error {
  override readonly name = 'AroundCase';
}

/** How many leftovers a failure names. */
const namedLeftovers = 20;

/** What `staged` lists breaks promises of its own, whatever the case was about. */
function leftovers(left: readonly string[]): AroundCase {
  const named = left.slice(0, namedLeftovers).join(', ');
  const rest = left.length > namedLeftovers ? `, and ${left.length - namedLeftovers} more` : '';
  const found = `staged() still lists something after every upload has ended, before the driver is closed: ${left.length} in all: ${named}${rest}`;
  return new AroundCase(found + quote(['upload delete', 'append throws', 'put refused']));
}

/** Calls a function of the options. Its failure is reported as its own, and not as one of the rule. */
async function callOption<T>(what: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new AroundCase(`${what} threw, outside of the case: ${errorChain(cause)}`, { cause });
  }
}

function requireOption<T>(option: T | undefined, name: string): T {
  assert.ok(option, `the case needs ${name}() and does not say so`);
  return option;
}

/** The driver, which records the uploads that are begun, so that they can be ended when the case is over. */
function recordUploads(driver: Driver, uploads: Map<UploadId, RepositoryName>): Driver {
  const create: Driver['uploads']['create'] = (repo, id, start) => {
    uploads.set(id, repo);
    return driver.uploads.create(repo, id, start);
  };
  return overrideDriver(driver, { uploads: { create } });
}

/** The error, with the broken sentences of the contract and the advice for each appended to its message. */
function explain(error: unknown, { promises: broken }: Pick<Definition, 'promises'>): unknown {
  return error instanceof AroundCase ? error : withMessage(error, (message) => message + quote(broken));
}

/** The sentences of the contract and the advice for each. */
function quote(broken: readonly PromiseName[]): string {
  const quotes = broken.map((name) => {
    const { where, says, advice }: ContractPromise = promises[name];
    return `  ${where}: ${says}\n    ${advice}`;
  });
  return `\n\nThe contract (lib/driver.ts in the package stowage) says:\n${quotes.join('\n')}\n`;
}
