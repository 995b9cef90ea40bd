/** Facts as CloudEvents 1.0, and the entries of the outbox that they are kept in. */
import { randomUUID } from 'node:crypto';
import type { Fact, FactType } from '../events/facts.ts';

/** A fact as an event: CloudEvents 1.0.2, "Context Attributes"; in JSON it is one of the JSON event format. */
export interface CloudEvent {
  readonly specversion: '1.0';
  /** The same each time the event is delivered: a receiver that has had it drops it. */
  readonly id: string;
  /** The registry, as the option `source` names it. */
  readonly source: string;
  readonly type: `stowage.${FactType}`;
  /** What it is about: `team/app:v1`, `team/app@sha256:…`. */
  readonly subject: string;
  /** When it was kept, as RFC 3339 writes it. */
  readonly time: string;
  readonly datacontenttype: 'application/json';
  /** The repository: events with one key are delivered in their order. */
  readonly partitionkey: string;
  readonly data: Fact;
}

/** An entry of the outbox: an event; or the wish to have events delivered again, all that are kept since a time or one that was given up. */
export type Entry =
  | { readonly event: CloudEvent }
  | { readonly id: string; readonly sink: string; readonly replay: string }
  | { readonly id: string; readonly sink: string; readonly again: CloudEvent };

/** The event of a fact, with a new id. */
export function cloudEventOf(fact: Fact, source: string): CloudEvent {
  const { type, repository } = fact;
  const thing = 'tag' in fact && type !== 'manifest.pull' ? `:${fact.tag}` : 'digest' in fact ? `@${fact.digest}` : '';
  return {
    specversion: '1.0',
    id: randomUUID(),
    source,
    type: `stowage.${type}`,
    subject: repository + thing,
    time: new Date().toISOString(),
    datacontenttype: 'application/json',
    partitionkey: repository,
    data: fact,
  };
}

/** An entry as bytes. */
export const encodeEntry = (entry: Entry): Uint8Array => Buffer.from(JSON.stringify(entry));

/** The entry in bytes that {@link encodeEntry} gave. */
export const decodeEntry = (bytes: Uint8Array): Entry => JSON.parse(Buffer.from(bytes).toString());
