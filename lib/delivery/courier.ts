/** Carries the entries of the outbox to one sink: those of a repository in their order, several repositories at a time. */
import { Gate } from '../concurrency.ts';
import type { OutboxStore } from '../driver.ts';
import type { FaultLogger } from '../events/recording.ts';
import { type CloudEvent, decodeEntry, type Entry } from './cloud-event.ts';
import { type Bell, createBell, pause, tryFor } from './pause.ts';
import { type Sink, SinkRefusal } from './sink.ts';

/** The stream of all events. */
export const eventStream = 'events';
/** The stream of what was given up. */
export const deadStream = (sink: string): string => `dead-${sink}`;

/** How far the deliveries to a sink are. */
export interface Place {
  /** Everything before is delivered, but what is left. */
  readonly after?: string | undefined;
  /** The ids of what is left: never more than wait in memory, however much was delivered since. */
  readonly left: readonly string[];
  /** From where on what is left is found. */
  readonly since?: string | undefined;
}

/** How deliveries are tried. All times are in milliseconds. */
export interface Attempts {
  /** How long a sink may take. */
  readonly timeout: number;
  /** How many deliveries to one sink run at a time. */
  readonly concurrency: number;
  /** How long to wait after the first failure; twice as long after each further one. */
  readonly firstPause: number;
  /** How long to wait at most. */
  readonly longestPause: number;
  /** How old an event may be when it fails, and is tried again. */
  readonly giveUpAfter: number;
  /** How many refusals end the attempts. */
  readonly refusals: number;
}

/** An event that was given up. */
export interface DeadLetter {
  readonly event: CloudEvent;
  /** What the last attempt failed with. */
  readonly reason: string;
  readonly attempts: number;
  /** When it was given up. */
  readonly time: string;
}

/** The deliveries to one sink, for as long as this instance makes them. */
export interface Courier {
  readonly sink: Sink;
  /** How far they are. */
  place(): Place;
  /** Everything that happened before this time is delivered; undefined if that is not known yet. */
  deliveredBefore(): number | undefined;
  /** Something was added to the outbox. */
  wake(): void;
  /** Resolves when nothing is under way any longer: `ending` begins nothing new, `cut` breaks off what is under way. */
  readonly ended: Promise<void>;
}

/** The signals that end the deliveries. */
export interface Ends {
  readonly ending: AbortSignal;
  readonly cut: AbortSignal;
}

/** An event that is to be delivered. */
interface Parcel {
  readonly event: CloudEvent;
  /** Attempts are made for `giveUpAfter` from then on. */
  readonly sinceMs: number;
  settle(): void;
}

/** A page of the stream, with the ids of what is not delivered of it. */
interface Reading {
  /** Where it begins. */
  readonly from: string | undefined;
  readonly left: Set<string>;
}

/** What was read of the stream. */
interface Page {
  /** Those that concern the sink. */
  readonly entries: readonly Entry[];
  readonly next: string | undefined;
  /** Whether there is nothing behind. */
  readonly isEnd: boolean;
}

/** By what an entry is known until it is delivered. */
const idOf = (entry: Entry): string => ('event' in entry ? entry.event.id : entry.id);

interface Failure {
  readonly err: unknown;
}

/** The deliveries end: the sink was not asked. */
const notAsked: Failure = { err: undefined };

/** The more, the fewer look-ups a backlog takes. */
const pageSize = 500;
/** How many events wait in memory for one sink, at most, and a page. */
const mostWaiting = 1_000;
/** How much longer than it took to read a page the next one is waited for. */
const restPerWork = 3;
/** How often the outbox is looked at for what other instances have added. */
const lookMs = 1_000;

/** Begins to deliver from a place on. */
export function sendOff(
  sink: Sink,
  outbox: OutboxStore,
  from: Place | undefined,
  attempts: Attempts,
  logger: FaultLogger,
  { ending, cut }: Ends,
): Courier {
  let after = from?.after;
  /** What is not delivered of the pages that were read, the first of them first. */
  const readings = new Set<Reading>();
  const lanes = new Map<string, Parcel[]>();
  const running = new Set<Promise<void>>();
  const gate = new Gate(attempts.concurrency);
  const added: Bell = createBell();
  const room: Bell = createBell();
  let waiting = 0;
  let lookedMs: number | undefined;

  /** A page of which these are to be delivered. */
  function begin(from: string | undefined, ids: readonly string[]): Reading {
    const reading = { from, left: new Set(ids) };
    if (ids.length > 0) readings.add(reading);
    return reading;
  }

  function settle(reading: Reading, id: string): void {
    reading.left.delete(id);
    if (reading.left.size === 0) readings.delete(reading);
  }

  async function put(parcel: Parcel): Promise<void> {
    while (waiting >= mostWaiting && !ending.aborted) await room.wait(lookMs, ending);
    waiting++;
    const key = parcel.event.partitionkey;
    const lane = lanes.get(key);
    if (lane) return void lane.push(parcel);
    const parcels = [parcel];
    lanes.set(key, parcels);
    const run = runLane(key, parcels).finally(() => running.delete(run));
    running.add(run);
  }

  async function runLane(key: string, parcels: Parcel[]): Promise<void> {
    for (let parcel = parcels[0]; parcel && (await deliver(parcel)); parcel = parcels[0]) {
      parcels.shift();
      waiting--;
      parcel.settle();
      room.ring();
    }
    lanes.delete(key);
  }

  /** Tries until the sink has it, or it is given up. False if the deliveries end before. */
  async function deliver({ event, sinceMs }: Parcel): Promise<boolean> {
    let refusals = 0;
    for (let attempt = 1; !ending.aborted; attempt++) {
      const failure = await gate.pass(() => (ending.aborted ? notAsked : attemptOnce(event)));
      if (failure === undefined) return true;
      if (ending.aborted) return false;
      const { err } = failure;
      if (err instanceof SinkRefusal) refusals++;
      if (refusals >= attempts.refusals || Date.now() - sinceMs > attempts.giveUpAfter) return bury(event, err, attempt);
      logger.warn({ err, sink: sink.name, id: event.id, attempt }, 'an event was not delivered, and is tried again');
      const longest = Math.min(attempts.longestPause, attempts.firstPause * 2 ** (attempt - 1));
      await pause(longest * (0.5 + Math.random() / 2), ending);
    }
    return false;
  }

  /** What an attempt fails with, if it does. */
  async function attemptOnce(event: CloudEvent): Promise<Failure | undefined> {
    try {
      await tryFor(attempts.timeout, cut, (signal) => sink.deliver(event, signal));
      return undefined;
    } catch (err) {
      return { err };
    }
  }

  /** Keeps an event with what was given up. False if that cannot be done before the deliveries end. */
  async function bury(event: CloudEvent, err: unknown, tried: number): Promise<boolean> {
    const reason = err instanceof Error ? err.message : String(err);
    const letter: DeadLetter = { event, reason, attempts: tried, time: new Date().toISOString() };
    logger.error(
      { err, sink: sink.name, id: event.id, attempts: tried },
      'an event was given up: it is kept with the dead letters',
    );
    while (!ending.aborted) {
      try {
        await outbox.append(deadStream(sink.name), [Buffer.from(JSON.stringify(letter))]);
        return true;
      } catch (error) {
        logger.error({ err: error, sink: sink.name, id: event.id }, 'a dead letter could not be kept, which is tried again');
        await pause(attempts.longestPause, ending);
      }
    }
    return false;
  }

  async function take(entry: Entry, reading: Reading): Promise<void> {
    const settled = (): void => settle(reading, idOf(entry));
    if ('event' in entry) await put({ event: entry.event, sinceMs: Date.parse(entry.event.time), settle: settled });
    else if ('again' in entry) await put({ event: entry.again, sinceMs: Date.now(), settle: settled });
    else await replay(entry, settled);
  }

  /** Delivers again what was kept from a time on, up to the wish itself. */
  async function replay(wish: { readonly id: string; readonly replay: string }, settled: () => void): Promise<void> {
    let left = 1;
    const settleOne = (): void => {
      left--;
      if (left === 0) settled();
    };
    for (let from: string | undefined; !ending.aborted; ) {
      const { entries, next, isEnd } = await readPage(from);
      const end = entries.findIndex((entry) => !('event' in entry) && entry.id === wish.id);
      for (const entry of end < 0 ? entries : entries.slice(0, end)) {
        if (!('event' in entry) || entry.event.time < wish.replay) continue;
        left++;
        await put({ event: entry.event, sinceMs: Date.now(), settle: settleOne });
      }
      if (end >= 0 || isEnd) break;
      from = next;
    }
    if (!ending.aborted) settleOne();
  }

  /** A page of the stream; an empty one where the deliveries end before it could be read. */
  async function readPage(from: string | undefined): Promise<Page> {
    while (!ending.aborted) {
      try {
        const { entries, next } = await outbox.read(eventStream, from, pageSize);
        return { entries: entries.flatMap(entryIn).filter(isMine), next, isEnd: entries.length === 0 };
      } catch (err) {
        logger.error({ err, sink: sink.name }, 'the outbox could not be read, which is tried again');
        await pause(lookMs, ending);
      }
    }
    return { entries: [], next: from, isEnd: true };
  }

  const isMine = (entry: Entry): boolean => 'event' in entry || entry.sink === sink.name;

  /** The entry in these bytes. One that is damaged holds up nothing else. */
  function entryIn(bytes: Uint8Array): Entry[] {
    try {
      return [decodeEntry(bytes)];
    } catch (err) {
      logger.error({ err, sink: sink.name }, 'an entry of the outbox is damaged, and is passed over');
      return [];
    }
  }

  /** Takes what was left when the place was kept. */
  async function takeLeft({ left, since }: Place): Promise<void> {
    const reading = begin(since, left);
    const missing = new Set(left);
    for (let from = since; missing.size > 0 && !ending.aborted; ) {
      const { entries, next, isEnd } = await readPage(from);
      if (isEnd) break;
      for (const entry of entries) if (missing.delete(idOf(entry))) await take(entry, reading);
      from = next;
    }
    if (!ending.aborted) for (const id of missing) settle(reading, id);
  }

  async function readOn(): Promise<void> {
    while (!ending.aborted) {
      const begunMs = Date.now();
      const { entries, next, isEnd } = await readPage(after);
      const tookMs = Date.now() - begunMs;
      if (isEnd) {
        lookedMs = begunMs;
        await added.wait(lookMs, ending);
      }
      // What takes long is looked at less often, and what is added meanwhile comes in one page.
      await pause(Math.min(lookMs, restPerWork * tookMs), ending);
      if (isEnd) continue;
      const reading = begin(after, entries.map(idOf));
      after = next;
      for (const entry of entries) await take(entry, reading);
    }
  }

  async function run(): Promise<void> {
    if (from) await takeLeft(from);
    await readOn();
    await Promise.all(running);
  }

  return {
    sink,
    place: () => {
      const [first] = readings;
      return { after, left: [...readings].flatMap(({ left }) => [...left]), since: first?.from };
    },
    deliveredBefore: () => {
      const heads = [...lanes.values()].flatMap(([first]) => (first ? [Date.parse(first.event.time)] : []));
      return lookedMs === undefined ? undefined : Math.min(lookedMs, ...heads);
    },
    wake: () => added.ring(),
    ended: run(),
  };
}
