/** Streams of entries and leases in memory. */
import type { OutboxStore } from '../../lib/driver.ts';

interface Stream {
  /** How many entries were dropped: the place of an entry never changes. */
  dropped: number;
  readonly entries: { readonly entry: Uint8Array; readonly addedMs: number }[];
}

interface Lease {
  readonly holder: string;
  readonly untilMs: number;
  readonly state: Uint8Array | undefined;
}

/** An empty outbox, which is gone with the process. */
export function createOutbox(): OutboxStore {
  const streams = new Map<string, Stream>();
  const leases = new Map<string, Lease>();
  const streamOf = (name: string): Stream => {
    const stream = streams.get(name) ?? { dropped: 0, entries: [] };
    streams.set(name, stream);
    return stream;
  };
  return {
    append: async (name, entries) => {
      const addedMs = Date.now();
      streamOf(name).entries.push(...entries.map((entry) => ({ entry, addedMs })));
    },
    read: async (name, after = '0', limit) => {
      const { dropped, entries } = streamOf(name);
      const start = Math.max(0, Number(after) - dropped);
      const page = entries.slice(start, start + limit);
      return { entries: page.map(({ entry }) => entry), next: String(dropped + start + page.length) };
    },
    trim: async (name, before) => {
      const stream = streamOf(name);
      const kept = stream.entries.findIndex(({ addedMs }) => addedMs >= before.getTime());
      stream.dropped += stream.entries.splice(0, kept < 0 ? stream.entries.length : kept).length;
    },
    lease: async (name, holder, milliseconds, state) => {
      const held = leases.get(name);
      if (held && held.holder !== holder && held.untilMs > Date.now()) return undefined;
      const kept = state ?? held?.state;
      leases.set(name, { holder, untilMs: Date.now() + milliseconds, state: kept });
      return { state: kept };
    },
  };
}
