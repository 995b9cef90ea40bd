/** The instance that has the lease delivers, to all sinks; the others wait until it ends. */
import { randomUUID } from 'node:crypto';
import type { OutboxLease, OutboxStore } from '../driver.ts';
import type { FaultLogger } from '../events/recording.ts';
import { now, within } from '../timers.ts';
import { type Attempts, type Courier, eventStream, type Place, sendOff } from './courier.ts';
import { pause } from './pause.ts';
import type { Sink } from './sink.ts';

/** The deliveries of one registry. */
export interface Delivery {
  /** Something was added to the outbox. */
  wake(): void;
  stop(): Promise<void>;
}

const leaseName = 'delivery';
/** How long a lease lasts: a dead instance is followed after that. */
const leaseMs = 4_000;
/** How often an instance without the lease asks for it, and one that has it asks for it again. */
const askMs = leaseMs / 5;
/** How often it is kept how far the deliveries are, at most. */
const keepMs = 500;
/** How long what is under way is waited for at the end. */
const patienceMs = 1_000;
/** How often what was delivered long ago is dropped. */
const trimMs = 600_000;
/** What happened so long before all was delivered was in the outbox by then. */
const marginMs = 60_000;

/** Begins to deliver what is in the outbox. */
export function beginDelivery(
  outbox: OutboxStore,
  sinks: readonly Sink[],
  attempts: Attempts,
  retention: number,
  logger: FaultLogger,
): Delivery {
  const holder = randomUUID();
  const stopping = new AbortController();
  let couriers: readonly Courier[] = [];

  /** The lease; undefined where another instance has it, or nobody can tell. */
  async function ask(milliseconds: number, state?: Uint8Array): Promise<OutboxLease | undefined> {
    try {
      return await outbox.lease(leaseName, holder, milliseconds, state);
    } catch (err) {
      logger.error({ err }, 'the lease of the deliveries could not be had, which is tried again');
      return undefined;
    }
  }

  async function lead(places: Readonly<Record<string, Place>>): Promise<void> {
    const [ending, cut] = [new AbortController(), new AbortController()];
    const ends = { ending: ending.signal, cut: cut.signal };
    couriers = sinks.map((sink) => sendOff(sink, outbox, places[sink.name], attempts, logger, ends));
    // Places of sinks that only other instances have stay as they are.
    const state = (): string =>
      JSON.stringify({ ...places, ...Object.fromEntries(couriers.map((courier) => [courier.sink.name, courier.place()])) });
    let kept = JSON.stringify(places);
    // By the clock that never jumps: the time of day may go back by an hour, in which no lease would be asked for.
    let askedMs = now();
    let trimmedMs = Number.NEGATIVE_INFINITY;
    let trimming: Promise<void> | undefined;
    while (!stopping.signal.aborted) {
      await pause(keepMs, stopping.signal);
      const current = state();
      if (current === kept && now() - askedMs < askMs) continue;
      const asking = now();
      if (await ask(leaseMs, current === kept ? undefined : Buffer.from(current))) [kept, askedMs] = [current, asking];
      // Until then nobody else has it, whether or not the storage answers.
      else if (now() > askedMs + leaseMs - askMs) break;
      if (now() - trimmedMs > trimMs) {
        trimmedMs = now();
        // Not waited for: to drop many files may take longer than the lease lasts.
        trimming = Promise.all([trimming, trim()]).then(() => undefined);
      }
    }
    ending.abort();
    const all = Promise.all(couriers.map(({ ended }) => ended));
    await within(patienceMs, all);
    cut.abort();
    await all;
    await trimming;
    if (stopping.signal.aborted) await ask(0, Buffer.from(state()));
    couriers = [];
  }

  /** Drops what every sink has had for long enough. */
  async function trim(): Promise<void> {
    const delivered = couriers.map((courier) => courier.deliveredBefore());
    if (delivered.includes(undefined)) return;
    const before = Math.min(Date.now() - retention, ...delivered.map((each) => (each ?? 0) - marginMs));
    try {
      await outbox.trim(eventStream, new Date(before));
    } catch (err) {
      logger.error({ err }, 'what was delivered could not be dropped, which is tried again');
    }
  }

  /** How far the deliveries are. Where that is damaged, they begin with the oldest event that is kept: told twice is better than never. */
  function placesIn({ state }: OutboxLease): Readonly<Record<string, Place>> {
    if (state === undefined) return {};
    try {
      return JSON.parse(Buffer.from(state).toString());
    } catch (err) {
      logger.error({ err }, 'what was kept of the deliveries is damaged: all events that are kept are delivered again');
      return {};
    }
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      const lease = await ask(leaseMs);
      if (lease) await lead(placesIn(lease));
      else await pause(askMs, stopping.signal);
    }
  }

  const ran = run();
  return {
    wake: () => {
      for (const courier of couriers) courier.wake();
    },
    stop: () => {
      stopping.abort();
      return ran;
    },
  };
}
