/** What takes events, and how it says no. */
import type { CloudEvent } from './cloud-event.ts';

/** What a sink may be called: the name becomes a part of those of streams. */
export const sinkName = /^[a-z0-9-]{1,40}$/;

/** Takes events, one at a time of each repository. */
export interface Sink {
  /**
   * By what its progress is kept, in small letters, digits and hyphens: one that is named anew begins with the oldest event that is
   * kept. All instances of a registry have the same sinks.
   */
  readonly name: string;
  /**
   * Takes an event. Resolves when it has it; whatever it throws, it is called again. The signal is aborted when it takes too long: it
   * may then be called again while it still runs.
   */
  deliver(event: CloudEvent, signal: AbortSignal): void | Promise<void>;
}

/**
 * What a sink throws where the receiver has said no, so that to ask again for a day would be of no use. The event is given up after a few
 * attempts.
 *
 * @example
 * import { SinkRefusal } from 'stowage/events';
 *
 * const refusal = new SinkRefusal('the receiver knows no such repository');
 * refusal.name; // => 'SinkRefusal'
 */
export class SinkRefusal extends Error {
  /** Tells it from other errors, in logs. */
  override readonly name = 'SinkRefusal';
}
