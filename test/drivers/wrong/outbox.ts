/** Drivers whose outbox is wrong. */
import type { OutboxStore } from '../../../lib/driver.ts';
import { type RightDriver, wrong, wrongByChance, wrongInstance } from './wrong-driver.ts';

const asAdded = 'entries come back as they were added, in their order and page by page';
const goesOn = 'a reader goes on where it was, and gets what was added since';
const apart = 'streams have nothing to do with one another';
const dropped = 'what was added before a time can be dropped, and readers go on where they were';
const oneAtATime = 'one holder at a time has a lease, until it gives it up or its time is over';
const keptState = 'a state that is kept with a lease is there for whoever has it next';
const eachOnce = 'of what several instances add at once, a reader gets each entry once, and those of each in their order';
const oneGetsIt = 'of many holders that want a lease at once, one gets it';
const lasts = 'entries, places and what is kept with leases outlive the driver';

type Changes = Partial<OutboxStore>;

/** A wrong driver over memory that is right but for its outbox. */
const outbox = (fault: string, caughtBy: string, change: (right: OutboxStore) => Changes) =>
  wrong(fault, caughtBy, (right: RightDriver) => ({ outbox: change(right.outbox) }));

/** Places are numbers of entries in a list, which is cut at its beginning. */
function countedPlaces(right: OutboxStore): Changes {
  return {
    async read(stream, after = '0', limit) {
      const { entries } = await right.read(stream, undefined, Number.MAX_SAFE_INTEGER);
      const page = entries.slice(Number(after), Number(after) + limit);
      return { entries: page, next: String(Number(after) + page.length) };
    },
  };
}

/** Each has an outbox that goes wrong. */
export const wrongOutboxes = [
  outbox('an addition keeps its first entry alone', asAdded, ({ append }) => ({
    append: (stream, entries) => append(stream, entries.slice(0, 1)),
  })),
  outbox('entries that are added at once come in reverse', asAdded, ({ append }) => ({
    append: (stream, entries) => append(stream, entries.toReversed()),
  })),
  outbox('entries are kept as text', asAdded, ({ append }) => ({
    append: (stream, entries) =>
      append(
        stream,
        entries.map((entry) => Buffer.from(Buffer.from(entry).toString())),
      ),
  })),
  outbox('a page has one entry too many', asAdded, ({ read }) => ({
    read: (stream, after, limit) => read(stream, after, limit + 1),
  })),
  outbox('an entry is gone once it was read', goesOn, ({ read, trim }) => ({
    async read(stream, after, limit) {
      const page = await read(stream, after, limit);
      if (page.entries.length === 0) await trim(stream, new Date(Date.now() + 1));
      return page;
    },
  })),
  outbox('a page begins with the last entry of the one before', goesOn, ({ read }) => ({
    async read(stream, after, limit) {
      const page = await read(stream, after, limit);
      return page.entries.length < 2 ? page : { ...page, next: (await read(stream, after, page.entries.length - 1)).next };
    },
  })),
  outbox('a place is forgotten once the end was reached', goesOn, ({ read }) => ({
    async read(stream, after, limit) {
      const page = await read(stream, after, limit);
      return page.entries.length === 0 && after !== undefined ? { entries: [], next: '0' } : page;
    },
  })),
  outbox('all streams are one', apart, ({ append, read, trim }) => ({
    append: (_, entries) => append('all', entries),
    read: (_, after, limit) => read('all', after, limit),
    trim: (_, before) => trim('all', before),
  })),
  outbox('all streams are dropped together', apart, ({ trim }) => ({
    trim: async (stream, before) => {
      for (const each of [stream, 'events']) await trim(each, before);
    },
  })),
  outbox('nothing is ever dropped', dropped, () => ({ trim: async () => undefined })),
  outbox('everything is dropped, whenever it was added', dropped, ({ trim }) => ({
    trim: (stream) => trim(stream, new Date(Date.now() + 1)),
  })),
  outbox('a place is the number of entries that are left before it', dropped, countedPlaces),
  outbox('a lease is given to whoever asks', oneAtATime, ({ lease }) => ({
    lease: (name, _, milliseconds, state) => lease(name, 'anybody', milliseconds, state),
  })),
  outbox('a holder cannot have its lease again', oneAtATime, ({ lease }) => {
    let asked = 0;
    return { lease: (name, holder, milliseconds, state) => lease(name, `${holder}-${asked++}`, milliseconds, state) };
  }),
  outbox('a lease that was given up stays taken', oneAtATime, ({ lease }) => ({
    lease: (name, holder, milliseconds, state) => lease(name, holder, milliseconds || 60_000, state),
  })),
  outbox('a lease lasts for ever', oneAtATime, ({ lease }) => ({
    lease: (name, holder, milliseconds, state) => lease(name, holder, milliseconds && 10 ** 9, state),
  })),
  outbox('whoever gives up a lease ends it, whoever has it', oneAtATime, ({ lease }) => {
    const holders = new Map<string, string>();
    return {
      async lease(name, holder, milliseconds, state) {
        const had = holders.get(name) ?? holder;
        const held = await lease(name, milliseconds === 0 ? had : holder, milliseconds, state);
        if (held) holders.set(name, holder);
        return held;
      },
    };
  }),
  outbox('each holder has a state of its own', keptState, ({ lease }) => {
    const states = new Map<string, Uint8Array | undefined>();
    return {
      async lease(name, holder, milliseconds, state) {
        if ((await lease(name, holder, milliseconds)) === undefined) return undefined;
        if (state) states.set(holder, state);
        return { state: states.get(holder) };
      },
    };
  }),
  outbox('a state is kept also where the lease is refused', keptState, ({ lease }) => {
    const states = new Map<string, Uint8Array>();
    return {
      async lease(name, holder, milliseconds, state) {
        if (state) states.set(name, state);
        return (await lease(name, holder, milliseconds)) && { state: states.get(name) };
      },
    };
  }),
  wrongByChance('an entry has its number before it can be read', eachOnce, (_, lag) => {
    let count = 0;
    const entries: { readonly number: number; readonly entry: Uint8Array }[] = [];
    return {
      outbox: {
        async append(_, added) {
          const numbers = added.map((entry) => ({ number: ++count, entry }));
          await lag();
          entries.push(...numbers);
        },
        async read(_, after = '0', limit) {
          const behind = entries.filter(({ number }) => number > Number(after)).sort((one, other) => one.number - other.number);
          const page = behind.slice(0, limit);
          return { entries: page.map(({ entry }) => entry), next: String(page.at(-1)?.number ?? after) };
        },
      },
    };
  }),
  wrongByChance('a lease is looked at and taken in two steps', oneGetsIt, (_, lag) => {
    const holders = new Map<string, string | undefined>();
    return {
      outbox: {
        async lease(name, holder, milliseconds) {
          const had = holders.get(name);
          if (had !== undefined && had !== holder) return undefined;
          await lag();
          holders.set(name, milliseconds === 0 ? undefined : holder);
          return {};
        },
      },
    };
  }),
  wrongInstance('entries are forgotten with the driver', lasts, ({ outbox: { append, read } }) => {
    let instances = 0;
    return () => {
      const own = `own-${++instances}`;
      return {
        outbox: {
          append: (stream, entries) => append(`${own}-${stream}`, entries),
          read: (stream, after, limit) => read(`${own}-${stream}`, after, limit),
        },
      };
    };
  }),
];
