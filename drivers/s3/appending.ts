/**
 * Appends to uploads of an object store. Bytes are buffered until they fill a part, and a few parts are uploaded at a time. The
 * bytes that are left at the end become an object, the tail, which the next append reads first.
 */
import { algorithmOf, type Checkpoint, type Chunk, hexOf } from '../../lib/driver.ts';
import { newDataKey } from '../tree/layout.ts';
import type { BufferPool, PartBuffer } from './buffer-pool.ts';
import type { Location } from './content.ts';
import { newPartNumbers, type PartNumbers, UploadConflict } from './part-numbers.ts';
import { smallestPart } from './part-plan.ts';
import { type PartOptions, PlannedParts } from './planned-parts.ts';
import type { Staged } from './sessions.ts';
import type { Store } from './store.ts';

/** The written bytes. They do not count before a session lists them. */
export interface Appended {
  readonly staged: Staged;
  /** Deletes what was written, for bytes that will not count. */
  undo(): Promise<void>;
}

/** Writes the bytes of appends. */
export interface Appender {
  /**
   * Writes all of the chunk after the bytes that are staged. If these have parts, `numbers` are those of further ones. Errors
   * of the numbers and of the chunk are thrown as they are, and nothing is kept. Throws an {@link UploadConflict} if another
   * request moved the upload on.
   */
  append(before: Staged, chunk: Chunk, upload: string, numbers?: PartNumbers): Promise<Appended>;
}

/** Appends to uploads of a store. The pool's buffers must be of `partSize` bytes. */
export function createAppender(store: Store, pool: BufferPool, options: PartOptions): Appender {
  return {
    append: async (before, chunk, upload, numbers = newPartNumbers()) => {
      const parts = new PlannedParts(store, upload, before.parts, numbers, options);
      const writer = new PartWriter(store, pool, options.partSize, upload, before, parts);
      try {
        for await (const buffers of chunk) for (const buffer of buffers) await writer.write(buffer);
        return { staged: await writer.finish(chunk.checkpoint()), undo: () => writer.undo() };
      } catch (error) {
        await writer.undo();
        throw error;
      }
    },
  };
}

/** Gathers the bytes of one append in a buffer. A full one is uploaded as a part; the last one may become the tail. */
class PartWriter {
  readonly #store: Store;
  readonly #pool: BufferPool;
  readonly #partSize: number;
  readonly #upload: string;
  readonly #before: Staged;
  readonly #parts: PlannedParts;
  /** Whether any bytes came, and so the old tail was taken up. */
  #isResumed = false;
  #filling: { readonly buffer: PartBuffer; size: number } | undefined;
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
    if (!this.#isResumed) await this.#resume();
    await this.#fill(bytes);
  }

  /** Writes the bytes that are left; `checkpoint` is the upload's with all of them. */
  async finish(checkpoint: Checkpoint): Promise<Staged> {
    if (!this.#isResumed) return this.#before;
    const fillsPart = this.#parts.isBegun && (this.#filling?.size ?? 0) >= smallestPart;
    if (fillsPart || this.#parts.isAssembling) await this.#uploadPart();
    else await this.#writeTail(checkpoint);
    const { parts, tail = this.#tail } = await this.#parts.finish();
    return { ...(parts && { parts }), ...(tail && { tail }) };
  }

  /** Deletes everything that was written. */
  async undo(): Promise<void> {
    this.#takeBuffer()?.buffer.release();
    await this.#parts.undo();
    if (this.#tail) await this.#store.delete(this.#tail.key);
  }

  /** Begins with the bytes of the old tail: a small one is read, a large one is copied by the store. */
  async #resume(): Promise<void> {
    this.#isResumed = true;
    const { tail } = this.#before;
    if (!tail) return;
    if (tail.size >= this.#partSize) return this.#parts.copy(tail);
    const found = await this.#store.read(tail.key);
    // Another append that moved the upload on has deleted it.
    if (!found) throw new UploadConflict();
    await this.#fill(found.bytes);
  }

  async #fill(bytes: Uint8Array): Promise<void> {
    for (let position = 0; position < bytes.length; ) {
      this.#filling ??= { buffer: await this.#pool.take(), size: 0 };
      const { buffer, size } = this.#filling;
      const length = Math.min(bytes.length - position, this.#partSize - size);
      buffer.bytes.set(bytes.subarray(position, position + length), size);
      this.#filling.size += length;
      position += length;
      if (this.#filling.size === this.#partSize) await this.#uploadPart();
    }
  }

  async #uploadPart(): Promise<void> {
    const filled = this.#takeBuffer();
    if (filled) await this.#parts.upload(filled.buffer, filled.size);
  }

  async #writeTail(checkpoint: Checkpoint): Promise<void> {
    if (!this.#filling) return;
    const { buffer, size } = this.#filling;
    this.#tail = { key: newDataKey(this.#upload), size };
    await this.#store.write(this.#tail.key, buffer.bytes.subarray(0, size), sha256Of(checkpoint, size));
    this.#takeBuffer()?.buffer.release();
  }

  /** The buffer that was being filled, which from then on is the caller's. */
  #takeBuffer(): { readonly buffer: PartBuffer; readonly size: number } | undefined {
    const filled = this.#filling;
    this.#filling = undefined;
    return filled;
  }
}

/** The sha256 of the tail, in base64, if the checkpoint has it: if the tail is the whole upload. */
function sha256Of({ offset, digest }: Checkpoint, size: number): { readonly sha256?: string } {
  if (offset !== size || digest === undefined || algorithmOf(digest) !== 'sha256') return {};
  return { sha256: Buffer.from(hexOf(digest), 'hex').toString('base64') };
}
