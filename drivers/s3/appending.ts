/**
 * Bytes on their way into an object store. What fills a part becomes one, a few at a time; what is left at the end waits in an
 * object of its own, whose bytes the next append begins with.
 */
import { algorithmOf, hexOf } from '../../lib/api/formats.ts';
import type { Checkpoint, Chunk } from '../../lib/driver.ts';
import { newDataKey } from '../tree/layout.ts';
import type { PartBuffer, PartBuffers } from './buffers.ts';
import type { Place } from './content.ts';
import type { Staged } from './sessions.ts';
import type { Multipart, Part, Store } from './store.ts';

/** The numbers that nobody else gives to parts, up to `last`. */
export interface Numbers {
  readonly first: number;
  readonly last: number;
}

/** What became of the bytes. Until a session says so, none of it counts. */
export interface Appended {
  readonly staged: Staged;
  /** Drops what was written, because it does not count. */
  undo(): Promise<void>;
}

/** Thrown by whoever is asked for numbers of an upload that moved on. */
export class Overtaken extends Error {}

/** How appends write. */
export interface Appending {
  /**
   * Writes all of the chunk behind what is staged. `reserve` gives numbers for parts of a multipart upload that others may
   * write to as well. Whatever it throws, and whatever the chunk throws, is let through, and nothing is kept.
   */
  append(before: Staged, chunk: Chunk, upload: string, reserve?: () => Promise<Numbers>): Promise<Appended>;
}

/** How much is written at once. */
export interface Width {
  /** In bytes; at least {@link smallestPart}. */
  readonly partSize: number;
  /** How many parts of one upload are on their way at once. */
  readonly partsInFlight: number;
}

/** What stores ask of every part but the last, in bytes. */
export const smallestPart = 5 * 1024 * 1024;
/** What one copied part may have, in bytes. Stores take 5 GiB. */
const largestCopy = 4 * 1024 ** 3;

/** Appends to uploads of a store. */
export function appendingTo(store: Store, buffers: PartBuffers, width: Width): Appending {
  return {
    append: async (before, chunk, upload, reserve) => {
      const writing = writingBehind(store, buffers, width, before, upload, reserve);
      try {
        for await (const batch of chunk) for (const piece of batch) await writing.take(piece);
        return { staged: await writing.end(chunk.checkpoint()), undo: writing.drop };
      } catch (error) {
        await writing.drop();
        throw error;
      }
    },
  };
}

interface Writing {
  take(piece: Uint8Array): Promise<void>;
  /** Writes what is left, given how far the upload has come with it. */
  end(reached: Checkpoint): Promise<Staged>;
  /** Waits for what is on its way, and drops all that was written. */
  drop(): Promise<void>;
}

function writingBehind(
  store: Store,
  buffers: PartBuffers,
  { partSize, partsInFlight }: Width,
  before: Staged,
  upload: string,
  reserve: (() => Promise<Numbers>) | undefined,
): Writing {
  const flights = new Set<Promise<void>>();
  const parts: Part[] = [...(before.parts?.list ?? [])];
  let numbers: Numbers = { first: 1, last: before.parts ? 0 : Number.POSITIVE_INFINITY };
  let multipart: Multipart | undefined = before.parts;
  let begun: Multipart | undefined;
  let tail: Place | undefined;
  let failure: { readonly error: unknown } | undefined;
  let buffer: PartBuffer | undefined;
  let filled = 0;
  let touched = false;

  async function number(): Promise<number> {
    if (numbers.first > numbers.last && reserve) numbers = await reserve();
    const { first, last } = numbers;
    numbers = { first: first + 1, last };
    return first;
  }

  async function open(): Promise<Multipart> {
    if (multipart) return multipart;
    begun = await store.begin(newDataKey(upload));
    multipart = begun;
    return multipart;
  }

  /** What waited in an object comes first: as bytes, or as parts that the store copies where it is large. */
  async function resume(): Promise<void> {
    touched = true;
    const { tail: waiting } = before;
    if (!waiting) return;
    if (waiting.size >= partSize) return copy(waiting);
    const found = await store.read(waiting.key);
    // Whoever moved the upload on has dropped it.
    if (!found) throw new Overtaken();
    await put(found.bytes);
  }

  async function copy({ key, size }: Place): Promise<void> {
    const into = await open();
    const length = Math.ceil(size / Math.ceil(size / largestCopy));
    for (let first = 0; first < size; first += length) {
      parts.push(await store.copiedPart(into, await number(), key, { first, last: Math.min(first + length, size) - 1 }));
    }
  }

  async function put(piece: Uint8Array): Promise<void> {
    for (let at = 0; at < piece.length; ) {
      buffer ??= await buffers.take();
      const length = Math.min(piece.length - at, partSize - filled);
      buffer.bytes.set(piece.subarray(at, at + length), filled);
      filled += length;
      at += length;
      if (filled === partSize) await launch();
    }
  }

  /** Sends the buffer on its way as a part. */
  async function launch(): Promise<void> {
    const full = buffer;
    if (!full) return;
    const bytes = full.bytes.subarray(0, filled);
    buffer = undefined;
    filled = 0;
    const send = async (): Promise<void> => {
      try {
        const part = await store.part(await open(), await number(), bytes);
        if (!part) throw new Overtaken();
        parts.push(part);
      } catch (error) {
        failure ??= { error };
      } finally {
        full.release();
      }
    };
    // Numbers are given, and an upload is begun, for one part after the other.
    if (!multipart || numbers.first > numbers.last) return send().then(check);
    const flight = send().finally(() => flights.delete(flight));
    flights.add(flight);
    while (flights.size >= partsInFlight) await Promise.race(flights);
    check();
  }

  function check(): void {
    if (failure) throw failure.error;
  }

  async function rest(reached: Checkpoint): Promise<void> {
    if (!buffer) return;
    if (multipart && filled >= smallestPart) return launch();
    const key = newDataKey(upload);
    tail = { key, size: filled };
    await store.write(key, buffer.bytes.subarray(0, filled), sha256Of(reached, filled));
    buffer.release();
    buffer = undefined;
  }

  return {
    take: async (piece) => {
      if (piece.length === 0) return;
      if (!touched) await resume();
      await put(piece);
    },
    end: async (reached) => {
      if (!touched) return before;
      await rest(reached);
      await Promise.all(flights);
      check();
      parts.sort((one, other) => one.number - other.number);
      const reserved = Math.max(
        before.parts?.reserved ?? 0,
        numbers.last === Number.POSITIVE_INFINITY ? numbers.first - 1 : numbers.last,
      );
      return { ...(multipart && { parts: { ...multipart, list: parts, reserved } }), ...(tail && { tail }) };
    },
    drop: async () => {
      await Promise.all(flights);
      buffer?.release();
      buffer = undefined;
      if (begun) await store.abort(begun);
      if (tail) await store.delete(tail.key);
    },
  };
}

/** The sha256 that is known of the last `size` bytes of an upload, because they are all that it has. */
function sha256Of({ offset, digest }: Checkpoint, size: number): { readonly sha256?: string } {
  if (offset !== size || digest === undefined || algorithmOf(digest) !== 'sha256') return {};
  return { sha256: Buffer.from(hexOf(digest), 'hex').toString('base64') };
}
