/** From definitions and a driver to cases that run: storage that is made and removed, and failures that teach. */
import assert from 'node:assert/strict';
import type { Driver, RepositoryName, UploadId } from '../../driver.ts';
import type { DriverCase } from './case.ts';
import type { Amounts, Definition, Level, Need, Storage } from './definition.ts';
import { heldNow, nothingMoreThan } from './leftovers.ts';
import type { DriverUnderTest } from './options.ts';
import { type ContractPromise, promises } from './promises.ts';

/** How long a case may take where it does not ask for more, in milliseconds. */
const usual = 30_000;

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
function whyNot({ lacks = [], reopen, peer, faults }: DriverUnderTest, need: Need): string | undefined {
  if (need === 'reopen') return reopen ? undefined : 'skipped: no reopen() was given';
  if (need === 'peer') return peer ? undefined : 'skipped: no peer() was given';
  if (need === 'faults' || need === 'losePower') return faults ? undefined : 'skipped: no faults() were given';
  return lacks.includes(need) ? `skipped: this driver has no ${need}` : undefined;
}

async function run(options: DriverUnderTest, definition: Definition): Promise<void> {
  const before = heldNow();
  try {
    await withStorage(options, (driver, storage) => definition.run(driver, storage));
  } catch (error) {
    throw explained(error, definition);
  }
  try {
    await nothingMoreThan(before);
  } catch (error) {
    throw explained(error, { ...definition, promises: ['close'] });
  }
}

/** Does something with storage of its own; closes every driver on it afterwards, and looks whether anything was left staged. */
async function withStorage<T>(options: DriverUnderTest, use: (driver: Driver, storage: Storage) => Promise<T>): Promise<T> {
  const { create, reopen, peer, dispose, faults, staged } = options;
  const origin = await create();
  const uploads = new Map<UploadId, RepositoryName>();
  const watched = (driver: Driver): Driver => noting(driver, uploads);
  let current = origin;
  const peers: Driver[] = [];
  const storage: Storage = {
    reopen: async () => {
      await current.close?.();
      current = await given(reopen, 'reopen')(origin);
      return watched(current);
    },
    peer: async () => {
      const another = await given(peer, 'peer')(origin);
      peers.push(another);
      return watched(another);
    },
    get faults() {
      return given(faults, 'faults')(origin);
    },
    another: (useOther) => withStorage(options, useOther),
    amounts: { ...amounts, ...options.amounts },
    lacks: options.lacks ?? [],
  };
  try {
    const value = await use(watched(origin), storage);
    for (const [id, repo] of uploads) await current.uploads.delete(repo, id);
    assert.deepEqual(await staged?.(origin), staged && [], 'something is left of uploads that have ended');
    return value;
  } finally {
    for (const driver of [...peers, current]) await driver.close?.();
    await dispose?.(origin);
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
  // A store may be of a class of its own, whose methods are not its own properties.
  const noted = new Proxy(driver.uploads, {
    get(store, name) {
      if (name === 'create') return create;
      const value: unknown = Reflect.get(store, name, store);
      return typeof value === 'function' ? value.bind(store) : value;
    },
  });
  return new Proxy(driver, {
    get(target, name) {
      if (name === 'uploads') return noted;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** The error itself, whose message goes on with what the contract says and what to do about it. */
function explained(error: unknown, { promises: broken }: Pick<Definition, 'promises'>): unknown {
  if (!(error instanceof Error)) return new Error(lesson(`it threw ${String(error)}`, broken), { cause: error });
  const message = lesson(error.message, broken);
  // The stack repeats the message, and some runners print nothing else.
  const stack = error.stack?.replace(error.message, () => message);
  error.message = message;
  if (stack !== undefined) error.stack = stack;
  return error;
}

function lesson(message: string, broken: Definition['promises']): string {
  const quotes = broken.map((name) => {
    const { where, says, advice }: ContractPromise = promises[name];
    return `  ${where}: ${says}\n    ${advice}`;
  });
  return `${message}\n\nThe contract (lib/driver.ts, docs/drivers.md) says:\n${quotes.join('\n')}\n`;
}
