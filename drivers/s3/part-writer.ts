/** Gathers the bytes of one append in parts. What does not fill one is the tail. */
import { algorithmOf, type Checkpoint, hexOf } from '../../lib/driver.ts';
import { newDataKey } from '../tree/layout.ts';
import type { BufferPool, Holder, PartBuffer } from './buffer-pool.ts';
import type { Location } from './content.ts';
import { FewBytes } from './few-bytes.ts';
import { UploadConflict } from './part-numbers.ts';
import { smallestPart } from './part-plan.ts';
import type { PlannedParts } from './planned-parts.ts';
import type { Staged } from './sessions.ts';
import type { Store } from './store.ts';

/** So many bytes are kept outside of the pool: an append takes a buffer of the pool once more have come. */
const mostFewBytes = 64 * 1024;

/** A buffer, and how much of it is filled. */
interface Filling {
  readonly buffer: PartBuffer;
  size: number;
  /** How many of the bytes had come before the buffer was taken. */
  readonly before: number;
}

/**
 * Writes the bytes of one append. Those that are in no part yet are in up to two places: first an object of the store, then a few
 * bytes in memory; or all of them in a buffer of the pool. While the append waits for more, the pool may ask for that back.
 */
export class PartWriter implements Holder {
  readonly #store: Store;
  readonly #pool: BufferPool;
  readonly #partSize: number;
  readonly #upload: string;
  readonly #before: Staged;
  readonly #parts: PlannedParts;
  readonly #few = new FewBytes(mostFewBytes);
  #hasBytes = false;
  /** The old tail, or what was in a buffer that was given back. */
  #stored: Location | undefined;
  #filling: Filling | undefined;
  /** Withdraws the offer of the buffer to the pool. */
  #withdraw = (): void => {};
  #givingBack: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;
  #tail: Location | undefined;

  constructor(store: Store, pool: BufferPool, partSize: number, upload: string, before: Staged, parts: PlannedParts) {
    this.#store = store;
    this.#pool = pool;
    this.#partSize = partSize;
    this.#upload = upload;
    this.#before = before;
    this.#parts = parts;
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (bytes.length === 0) return;
    await this.#regain();
    if (!this.#hasBytes) await this.#resume();
    for (let rest = bytes; rest.length > 0; ) rest = rest.subarray(await this.#keep(rest));
    if (this.#filling) this.#withdraw = this.#pool.offer(this.#filling.buffer, this);
  }

  /** Writes the bytes that are left; `checkpoint` is the upload's with all of them. */
  async finish(checkpoint: Checkpoint): Promise<Staged> {
    await this.#regain();
    if (!this.#hasBytes) return this.#before;
    await this.#writeRest(checkpoint);
    const { parts, tail = this.#tail } = await this.#parts.finish();
    return { ...(parts && { parts }), ...(tail && { tail }) };
  }

  /** Deletes everything that was written. */
  async undo(): Promise<void> {
    this.#withdraw();
    await this.#givingBack;
    this.#takeFilling()?.buffer.release();
    await this.#parts.undo();
    await this.#dropStored();
    if (this.#tail) await this.#store.delete(this.#tail.key);
  }

  progress(): { readonly received: number; readonly room: number } {
    const { size, before } = this.#filling ?? { size: 0, before: 0 };
    return { received: size - before, room: this.#partSize - size };
  }

  giveBack(): Promise<void> {
    this.#givingBack = this.#storeFilling().catch((error: unknown) => {
      this.#failure ??= { error };
    });
    return this.#givingBack;
  }

  /** Ends the time in which the buffer may be asked for. Throws what failed in it. */
  async #regain(): Promise<void> {
    this.#withdraw();
    await this.#givingBack;
    if (this.#failure) throw this.#failure.error;
  }

  /** Begins with the bytes of the old tail: a large one is copied by the store. */
  async #resume(): Promise<void> {
    this.#hasBytes = true;
    const { tail } = this.#before;
    if (tail && tail.size >= this.#partSize) await this.#parts.copy(tail);
    else this.#stored = tail;
  }

  /** Keeps the first of these bytes; gives how many. */
  async #keep(bytes: Uint8Array): Promise<number> {
    if (!this.#filling && this.#few.hasRoomFor(bytes.length)) {
      this.#few.add(bytes);
      return bytes.length;
    }
    const filling = this.#filling ?? (await this.#takeBuffer());
    const length = Math.min(bytes.length, this.#partSize - filling.size);
    filling.buffer.bytes.set(bytes.subarray(0, length), filling.size);
    filling.size += length;
    if (filling.size === this.#partSize) await this.#uploadPart();
    return length;
  }

  /** Takes a buffer of the pool, and gathers in it what was kept elsewhere. There is room for more in it. */
  async #takeBuffer(): Promise<Filling> {
    const buffer = await this.#pool.take();
    const size = this.#stored?.size ?? 0;
    this.#filling = { buffer, size, before: size };
    if (this.#stored) {
      const found = await this.#store.read(this.#stored.key);
      // Another append that moved the upload on has deleted it.
      if (!found) throw new UploadConflict();
      buffer.bytes.set(found.bytes);
      await this.#dropStored();
    }
    const few = this.#few.take();
    for (let position = 0; position < few.length; ) position += await this.#keep(few.subarray(position));
    return this.#filling ?? this.#takeBuffer();
  }

  async #writeRest(checkpoint: Checkpoint): Promise<void> {
    if (this.#stored && (this.#few.length > 0 || this.#parts.isAssembling)) await this.#takeBuffer();
    const { buffer, size } = this.#takeFilling() ?? this.#takeFew();
    if (size === 0) {
      buffer.release();
      this.#tail = this.#stored;
      this.#stored = undefined;
    } else if (this.#parts.isAssembling || (this.#parts.isBegun && size >= smallestPart)) {
      await this.#parts.upload(buffer, size);
    } else {
      try {
        this.#tail = await this.#writeObject(buffer.bytes.subarray(0, size), sha256Of(checkpoint, size));
      } finally {
        buffer.release();
      }
    }
  }

  async #uploadPart(): Promise<void> {
    const filled = this.#takeFilling();
    if (filled) await this.#parts.upload(filled.buffer, filled.size);
  }

  /** Frees the buffer: its bytes become a part if they are enough, otherwise an object. */
  async #storeFilling(): Promise<void> {
    const filled = this.#takeFilling();
    if (!filled) return;
    const { buffer, size } = filled;
    if (size >= smallestPart) return this.#parts.upload(buffer, size);
    try {
      this.#stored = await this.#writeObject(buffer.bytes.subarray(0, size));
    } finally {
      buffer.release();
    }
  }

  async #writeObject(bytes: Uint8Array, options: { readonly sha256?: string } = {}): Promise<Location> {
    const key = newDataKey(this.#upload);
    await this.#store.write(key, bytes, options);
    return { key, size: bytes.length };
  }

  /** Forgets the object with the first bytes, and deletes it unless it is the old tail. */
  async #dropStored(): Promise<void> {
    const stored = this.#stored;
    this.#stored = undefined;
    if (stored && stored.key !== this.#before.tail?.key) await this.#store.delete(stored.key);
  }

  /** The buffer that was being filled, which from then on is the caller's. */
  #takeFilling(): Filling | undefined {
    const filled = this.#filling;
    this.#filling = undefined;
    return filled;
  }

  /** The few bytes, as if they were in a buffer of the pool. */
  #takeFew(): Pick<Filling, 'buffer' | 'size'> {
    const bytes = this.#few.take();
    return { buffer: { bytes, release: () => {} }, size: bytes.length };
  }
}

/** The sha256 of the tail, in base64, if the checkpoint has it: if the tail is the whole upload. */
function sha256Of({ offset, digest }: Checkpoint, size: number): { readonly sha256?: string } {
  if (offset !== size || digest === undefined || algorithmOf(digest) !== 'sha256') return {};
  return { sha256: Buffer.from(hexOf(digest), 'hex').toString('base64') };
}
