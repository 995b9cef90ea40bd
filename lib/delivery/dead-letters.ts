/** What was given up for a sink: a stream of its own, whose letters are looked at, delivered after all, or dropped. */
import { randomUUID } from 'node:crypto';
import type { OutboxStore } from '../driver.ts';
import { type Entry, encodeEntry } from './cloud-event.ts';
import { type DeadLetter, deadStream, eventStream } from './courier.ts';

/** A letter that is dropped by its time was there so long before it was looked for. */
const marginMs = 60_000;

/** A dead letter; or the mark that all before a place was revived or dropped: what is given up meanwhile is behind it, whatever its time. */
type Dead = DeadLetter | { readonly revivedTo: string };

/** The pages of what was given up for a sink, and of the marks among it. */
async function* deadPages(
  outbox: OutboxStore,
  sink: string,
  from?: string,
): AsyncGenerator<{ readonly dead: readonly Dead[]; readonly next: string }> {
  for (let after = from; ; ) {
    const { entries, next } = await outbox.read(deadStream(sink), after, 100);
    if (entries.length === 0) return;
    yield { dead: entries.map((entry): Dead => JSON.parse(Buffer.from(entry).toString())), next };
    after = next;
  }
}

/** The pages behind the last mark. */
async function* letterPages(outbox: OutboxStore, sink: string) {
  let from: string | undefined;
  for await (const { dead } of deadPages(outbox, sink)) for (const each of dead) if ('revivedTo' in each) from = each.revivedTo;
  for await (const { dead, next } of deadPages(outbox, sink, from))
    yield { letters: dead.filter((each) => 'event' in each), next };
}

/** Marks that all before a place is dead no longer, and drops what was there before a time. */
async function settle(outbox: OutboxStore, sink: string, revivedTo: string, beforeMs: number): Promise<void> {
  await outbox.append(deadStream(sink), [Buffer.from(JSON.stringify({ revivedTo } satisfies Dead))]);
  await outbox.trim(deadStream(sink), new Date(beforeMs));
}

/** What was given up for a sink, the oldest first. */
export async function* listDeadLetters(outbox: OutboxStore, sink: string): AsyncGenerator<DeadLetter> {
  for await (const { letters } of letterPages(outbox, sink)) yield* letters;
}

/** Has everything delivered again that was given up for a sink, and is dead no longer; says how much that is. */
export async function reviveDeadLetters(outbox: OutboxStore, sink: string): Promise<number> {
  const beforeMs = Date.now() - marginMs;
  let revivedTo: string | undefined;
  const pages: (readonly DeadLetter[])[] = [];
  // All of them before the first is revived, which may be given up again meanwhile.
  for await (const { letters, next } of letterPages(outbox, sink)) {
    pages.push(letters);
    if (letters.length > 0) revivedTo = next;
  }
  for (const letters of pages) {
    const again = letters.map(({ event }): Entry => ({ id: randomUUID(), sink, again: event }));
    await outbox.append(eventStream, again.map(encodeEntry));
  }
  if (revivedTo !== undefined) await settle(outbox, sink, revivedTo, beforeMs);
  return pages.flat().length;
}

/** Drops everything that was given up for a sink; says how much that is. */
export async function discardDeadLetters(outbox: OutboxStore, sink: string): Promise<number> {
  const beforeMs = Date.now() - marginMs;
  let [count, discardedTo]: [number, string | undefined] = [0, undefined];
  for await (const { letters, next } of letterPages(outbox, sink)) [count, discardedTo] = [count + letters.length, next];
  if (count > 0 && discardedTo !== undefined) await settle(outbox, sink, discardedTo, beforeMs);
  return count;
}
