/** Collection: a plan that is carried out. */
import { randomUUID } from 'node:crypto';
import { boolean, callable, positive } from '../../checks/check.ts';
import { type OptionRules, parseOptions } from '../../checks/options.ts';
import { mapAhead, stepsAtOnce } from '../../concurrency.ts';
import {
  type Driver,
  type Inventory,
  isStorageFault,
  type OutboxLease,
  type OutboxStore,
  type RepositoryName,
  readRepositoryName,
} from '../../driver.ts';
import { clearInterval, now, setInterval } from '../../timers.ts';
import { type Amount, add, none } from '../amount.ts';
import { inventoryOf, repositoriesOf } from '../listings.ts';
import { type CollectionOptions, type CollectionSettings, collectionRules, settingsOf } from './options.ts';
import { type CollectionStep, planRepository } from './plan.ts';

/** How a collection is carried out. */
export interface CollectOptions extends CollectionOptions {
  /** Says what would be done, and does nothing. Default: false. */
  readonly dryRun?: boolean | undefined;
  /** It ends behind the repository that it is at after so many milliseconds; the next one goes on there. Default: never. */
  readonly maxMilliseconds?: number | undefined;
  /** Is told of each step, when it was taken. */
  readonly onStep?: ((step: CollectionStep) => void) | undefined;
}

/** What a collection did. Plain data. */
export interface CollectionReport {
  /** `done`: all repositories had their turn. `partly`: its time was over. `busy`: another instance collects, and nothing was done. */
  readonly outcome: 'done' | 'partly' | 'busy';
  readonly repositories: number;
  /** What was put into the trash. */
  readonly discarded: Amount;
  /** What was removed from there. */
  readonly removed: Amount;
  /** What came out of it again. */
  readonly broughtBack: Amount;
  readonly untagged: number;
  /** Bytes that no repository held any longer. */
  readonly freed: { readonly blobs: number; readonly bytes: number };
  /** What could not be read, and stays as it is, or what could not be put into the trash as the disk is full: what lies there is removed all the same. */
  readonly skipped: readonly { readonly repository: RepositoryName; readonly error: string }[];
  readonly milliseconds: number;
}

const rules = {
  ...collectionRules,
  dryRun: { check: boolean, default: false },
  maxMilliseconds: { check: positive },
  onStep: { check: callable },
} as const satisfies OptionRules<CollectOptions>;

/** In how many parts the grace is counted: what is discarded within one of them shares a time. */
const partsOfGrace = 8;
/** How many things are looked at, and moved, at a time. */
const stepsTaken = stepsAtOnce;

/**
 * Collects the garbage of a registry, beside any traffic: what no tag, no untagged manifest that stays, and nothing that these need leads to, is put
 * into the trash of its repository, and removed once nobody has looked for it for the whole `grace`; then bytes are freed that no repository
 * holds. Of several instances with an outbox, one collects at a time, and a collection that was broken off is gone on with.
 *
 * @throws {TypeError} that lists everything that is wrong with the options, or says that the driver has no inventory
 * @throws what the driver throws; what was done until then is done, and the next collection goes on
 * @example
 * import { fsDriver } from 'stowage/drivers/fs';
 * import { collect } from 'stowage/upkeep';
 *
 * const driver = fsDriver({ root: './data' });
 * const { removed, freed } = await collect(driver, { keep: [{ tags: 'nightly-*', newest: 10 }] });
 * console.log(removed.blobs, freed.bytes);
 * await driver.close();
 */
export async function collect(driver: Driver, options: CollectOptions = {}): Promise<CollectionReport> {
  const { dryRun, maxMilliseconds, onStep, ...rest } = parseOptions('collect', options, rules);
  const settings = settingsOf(rest);
  const inventory = inventoryOf(driver);
  const begunMs = now();
  const tally = createTally();
  if (dryRun) {
    const run = runOver(driver, inventory, settings, { take: async () => true, onStep, tally });
    for await (const repo of repositoriesOf(inventory, undefined, settings.signal)) await run(repo);
    return tally.report('done', begunMs);
  }

  const lease = createLease(driver.outbox);
  const held = await lease.take();
  if (held === undefined) return tally.report('busy', begunMs);
  const end = begunMs + (maxMilliseconds ?? Number.POSITIVE_INFINITY);
  try {
    const run = runOver(driver, inventory, settings, {
      take: (step) => takeStep(driver, inventory, settings.grace, step),
      onStep,
      tally,
    });
    for await (const repo of repositoriesOf(inventory, held.after, settings.signal)) {
      await run(repo);
      lease.reached(repo);
      if (now() >= end || lease.isLost()) return tally.report('partly', begunMs);
    }
    tally.freed = await inventory.reclaim(settings.signal);
    lease.reached(undefined);
    return tally.report('done', begunMs);
  } finally {
    await lease.giveUp();
  }
}

/**
 * Takes the steps of a plan, which may be filtered, and may have been kept as JSON: what has changed since so that a step is no longer right is left as
 * it is. How many were taken.
 *
 * @throws {TypeError} that lists what is wrong with the options, or says that the driver has no inventory
 * @example
 * import { memoryDriver } from 'stowage/drivers/memory';
 * import { carryOut, planCollection } from 'stowage/upkeep';
 *
 * const driver = memoryDriver();
 * await carryOut(driver, planCollection(driver)); // => 0
 */
export async function carryOut(
  driver: Driver,
  steps: Iterable<CollectionStep> | AsyncIterable<CollectionStep>,
  options: Pick<CollectionOptions, 'grace'> = {},
): Promise<number> {
  const { grace } = parseOptions('carryOut', options, { grace: collectionRules.grace });
  const inventory = inventoryOf(driver);
  let taken = 0;
  for await (const step of steps) if (await takeStep(driver, inventory, grace, step)) taken++;
  return taken;
}

/** Takes a step. False if there was nothing to do, or what it is about has changed. */
async function takeStep(
  { blobs, manifests }: Driver,
  inventory: Inventory,
  grace: number,
  step: CollectionStep,
): Promise<boolean> {
  switch (step.action) {
    case 'untag':
      return manifests.untag(step.repository, step.tag, step.digest);
    case 'discard':
      return inventory.discard(step.repository, step.kind, step.digest, timeOf(grace));
    case 'remove': {
      // What was brought back since and discarded again has a later time than the one that was seen: something may need it by now.
      const before = Math.min(Date.now() - grace, Date.parse(step.at) + 1);
      return inventory.remove(step.repository, step.kind, step.digest, new Date(before));
    }
    case 'bring-back': {
      const { repository, kind, digest } = step;
      return (kind === 'blob' ? await blobs.get(repository, digest) : await manifests.get(repository, digest)) !== undefined;
    }
    case 'keep':
    case 'skip':
      return false;
  }
}

/** What is discarded now is counted from the end of the part of the grace that it is in: a trash then has few times. */
function timeOf(grace: number): Date {
  const part = Math.max(1, Math.ceil(grace / partsOfGrace));
  return new Date(Math.ceil(Date.now() / part) * part);
}

/** What takes the steps for one repository: several at a time, tags last. */
function runOver(
  driver: Driver,
  inventory: Inventory,
  settings: CollectionSettings,
  {
    take,
    onStep,
    tally,
  }: {
    readonly take: (step: CollectionStep) => Promise<boolean>;
    readonly onStep: CollectOptions['onStep'];
    readonly tally: Tally;
  },
): (repo: RepositoryName) => Promise<void> {
  return async (repo) => {
    let isFull = false;
    const takeOne = async (step: CollectionStep): Promise<{ readonly step: CollectionStep; readonly taken: boolean }> => {
      try {
        return { step, taken: await take(step) };
      } catch (error) {
        // To discard something may need space, and to remove something frees it.
        if (step.action !== 'discard' || !isStorageFault(error) || error.kind !== 'full') throw error;
        if (isFull) return { step, taken: false };
        isFull = true;
        return { step: { action: 'skip', repository: repo, error: error.message }, taken: true };
      }
    };
    for await (const part of planRepository(driver, inventory, repo, settings)) {
      for await (const { step, taken } of mapAhead(part, takeOne, stepsTaken)) {
        if (taken || step.action === 'keep' || step.action === 'skip') {
          tally.add(step);
          onStep?.(step);
        }
      }
    }
    tally.repositories++;
  };
}

/** What was done so far. */
interface Tally {
  repositories: number;
  freed: CollectionReport['freed'];
  add(step: CollectionStep): void;
  report(outcome: CollectionReport['outcome'], begunMs: number): CollectionReport;
}

function createTally(): Tally {
  const amounts = { discard: none(), remove: none(), 'bring-back': none() };
  const skipped: { repository: RepositoryName; error: string }[] = [];
  let untagged = 0;
  const tally: Tally = {
    repositories: 0,
    freed: { blobs: 0, bytes: 0 },
    add(step) {
      if (step.action === 'remove' && step.reason === 'held') return;
      if (step.action === 'untag') untagged++;
      else if (step.action === 'skip') skipped.push({ repository: step.repository, error: step.error });
      else if (step.action !== 'keep') add(amounts[step.action], step.kind, step.bytes);
    },
    report: (outcome, begunMs) => ({
      outcome,
      repositories: tally.repositories,
      discarded: amounts.discard,
      removed: amounts.remove,
      broughtBack: amounts['bring-back'],
      untagged,
      freed: tally.freed,
      skipped,
      milliseconds: Math.round(now() - begunMs),
    }),
  };
  return tally;
}

/** The name of the lease of whoever collects. */
const leaseName = 'collection';
/** How long it is had without being renewed: so long nobody collects after a process died. */
const leaseMs = 60_000;

/**
 * The right to collect, with which is kept how far the last collection came. It is renewed for as long as it is had, however long a repository takes.
 * Without an outbox, everybody has it, and on a full disk nobody can have it: several that collect at once only do some work twice.
 */
function createLease(outbox: OutboxStore | undefined) {
  const holder = `collector-${randomUUID()}`.slice(0, 64);
  let after: RepositoryName | undefined;
  let isLost = false;
  let timer: NodeJS.Timeout | undefined;
  let renewing: Promise<void> = Promise.resolve();
  const lease = async (milliseconds: number, isBegin = false): Promise<OutboxLease | undefined> => {
    try {
      const state = isBegin ? undefined : Buffer.from(JSON.stringify({ after }));
      return (await outbox?.lease(leaseName, holder, milliseconds, state)) ?? (outbox === undefined ? {} : undefined);
    } catch (error) {
      if (isStorageFault(error) && error.kind === 'full') return {};
      throw error;
    }
  };
  const renew = async (): Promise<void> => {
    // What cannot be renewed is lost: the collection then ends behind the repository that it is at.
    isLost ||= (await lease(leaseMs).catch(() => undefined)) === undefined;
  };
  return {
    /** Where to go on; undefined if another instance has it. */
    async take(): Promise<{ readonly after?: RepositoryName } | undefined> {
      const held = await lease(leaseMs, true);
      if (held === undefined) return undefined;
      const begin = (): void => {
        renewing = renew();
      };
      timer = setInterval(begin, leaseMs / 3).unref();
      const place = placeIn(held.state);
      after = place.after;
      return place;
    },
    reached(repo: RepositoryName | undefined): void {
      after = repo;
    },
    isLost: (): boolean => isLost,
    async giveUp(): Promise<void> {
      clearInterval(timer);
      await renewing;
      await lease(0);
    },
  };
}

/** How far the last collection came. What cannot be read is the beginning. */
function placeIn(state: Uint8Array | undefined): { readonly after?: RepositoryName } {
  try {
    const { after } = JSON.parse(Buffer.from(state ?? []).toString()) as { readonly after?: unknown };
    const name = typeof after === 'string' ? readRepositoryName(after) : undefined;
    return name === undefined ? {} : { after: name };
  } catch {
    return {};
  }
}
