/** The option `events`: what has happened is kept in the outbox of the driver, and delivered from there. */
import { randomUUID } from 'node:crypto';
import { boolean, matching, must, positive } from '../checks/check.ts';
import { type OptionRules, parseOptions } from '../checks/options.ts';
import type { Driver, OutboxStore } from '../driver.ts';
import { type Fact, factsOf } from '../events/facts.ts';
import type { EventRecorder, FaultLogger, Recording } from '../events/recording.ts';
import { cloudEventOf, type Entry, encodeEntry } from './cloud-event.ts';
import { type Attempts, type DeadLetter, eventStream } from './courier.ts';
import { discardDeadLetters, listDeadLetters, reviveDeadLetters } from './dead-letters.ts';
import { beginDelivery } from './delivery.ts';
import { type Sink, sinkName } from './sink.ts';

/** Options of {@link events}. */
export interface EventsOptions {
  /** What takes the events; each has every one of them. */
  readonly sinks: readonly Sink[];
  /** What events say they come from: a URI of the registry, or a path. Default: `'/v2'`. */
  readonly source?: string | undefined;
  /** Tell of pulls, too. They are kept after the reply, and those of a process that dies are lost. Default: false. */
  readonly pulls?: boolean | undefined;
  /** How long events are kept for a replay once they are delivered, in milliseconds. Default: an hour. */
  readonly retention?: number | undefined;
  /** How deliveries are tried. */
  readonly attempts?: Partial<Attempts> | undefined;
}

/** What `events` gives: the option of one registry, by which also to have events delivered again. */
export interface Events extends EventRecorder {
  /** What was given up for a sink, the oldest first. */
  deadLetters(sink: string): AsyncIterable<DeadLetter>;
  /** Has everything delivered again that was given up for a sink, and is dead no longer; says how much that is. */
  revive(sink: string): Promise<number>;
  /** Drops everything that was given up for a sink; says how much that is. */
  discard(sink: string): Promise<number>;
  /** Has everything delivered to a sink again that was kept since a time, as far as it is still kept. */
  replay(sink: string, from: Date): Promise<void>;
}

const hour = 3_600_000;
const attempts = {
  timeout: { check: positive, default: 10_000 },
  concurrency: { check: positive, default: 8 },
  firstPause: { check: positive, default: 500 },
  longestPause: { check: positive, default: 300_000 },
  giveUpAfter: { check: positive, default: 24 * hour },
  refusals: { check: positive, default: 5 },
} as const satisfies OptionRules<Partial<Attempts>>;

/** What is wrong with sinks, as far as names tell. */
const areSinks = (value: unknown): boolean => {
  if (!Array.isArray(value) || value.length === 0) return false;
  const names = value.map((sink) => (typeof sink?.deliver === 'function' ? sink.name : undefined));
  return new Set(names).size === names.length && names.every((name) => sinkName.test(String(name)));
};

const rules = {
  sinks: {
    required: true,
    check: must(
      'be a list of sinks, each with a method deliver and a name of its own in small letters, digits and hyphens',
      areSinks,
    ),
  },
  source: { check: matching(/^[!#$&'()*+,./:;=?@[\]~\w-]+$/, 'be a URI'), default: '/v2' },
  pulls: { check: boolean, default: false },
  retention: { check: positive, default: hour },
  attempts: { group: attempts },
} as const satisfies OptionRules<EventsOptions>;

/**
 * Tells sinks of every change: manifests and blobs that are pushed, mounted or deleted, and tags that are set or deleted. What was done
 * is kept by the driver before the reply is sent, and delivered at least once: also what a process had not delivered when it died. Of the
 * instances of one storage, one delivers at a time. Events of one repository come in the order in which its instance has kept them.
 *
 * @throws {TypeError} that lists everything that is wrong with the options
 * @example
 * import { createRegistryHandler } from 'stowage';
 * import { memoryDriver } from 'stowage/drivers/memory';
 * import { events } from 'stowage/events';
 *
 * const told: string[] = [];
 * const sink = { name: 'list', deliver: ({ subject }: { subject: string }) => void told.push(subject) };
 * const handler = createRegistryHandler(memoryDriver(), { events: events({ sinks: [sink] }) });
 * await handler.close();
 */
export function events(options: EventsOptions): Events {
  const { sinks, source, pulls, retention, attempts } = parseOptions('events', options, rules);
  let begun: OutboxStore | undefined;

  function outboxFor(sink: string): OutboxStore {
    if (!begun) throw new TypeError('events() was not given to a registry yet');
    if (sinks.every(({ name }) => name !== sink)) throw new TypeError(`there is no sink ${sink}`);
    return begun;
  }

  const isTold = ({ type }: Fact): boolean => !type.startsWith('upload.') && (pulls || !type.endsWith('.pull'));

  const record = ({ outbox, name }: Driver, logger: FaultLogger): Recording => {
    if (!outbox) throw new TypeError(`events: the driver ${name} has no outbox to keep events in`);
    if (begun) throw new TypeError('events: what events() gives is for one registry');
    begun = outbox;
    const delivery = beginDelivery(outbox, sinks, attempts, retention, logger);
    const keep = async (facts: readonly Fact[]): Promise<void> => {
      const entries = facts.map((fact) => encodeEntry({ event: cloudEventOf(fact, source) }));
      await outbox.append(eventStream, entries);
      delivery.wake();
    };
    return {
      record(about, status) {
        const facts = factsOf(about, status).filter(isTold);
        if (facts.length === 0) return undefined;
        const kept = keep(facts);
        if (facts.some(({ type }) => !type.endsWith('.pull'))) return kept;
        void kept.catch((err) => logger.error({ err }, 'the event of a pull could not be kept'));
        return undefined;
      },
      stop: () => delivery.stop(),
    };
  };

  return Object.assign(record, {
    async *deadLetters(sink: string) {
      yield* listDeadLetters(outboxFor(sink), sink);
    },
    revive: async (sink: string) => reviveDeadLetters(outboxFor(sink), sink),
    discard: async (sink: string) => discardDeadLetters(outboxFor(sink), sink),

    async replay(sink: string, from: Date): Promise<void> {
      const wish: Entry = { id: randomUUID(), sink, replay: from.toISOString() };
      await outboxFor(sink).append(eventStream, [encodeEntry(wish)]);
    },
  });
}
