/** The parts of one multipart upload: numbered in order, and a few of them uploaded or copied at the same time. */
import { newDataKey } from '../tree/layout.ts';
import type { PartBuffer } from './buffer-pool.ts';
import type { Location } from './content.ts';
import { type PartNumbers, UploadConflict } from './part-numbers.ts';
import { largestCopy } from './part-plan.ts';
import type { Parts } from './sessions.ts';
import type { Multipart, Part, Store } from './store.ts';

/** Adds parts to a multipart upload: to one that exists, or to a new one that the first part begins. */
export class PartUploads {
  readonly #store: Store;
  readonly #upload: string;
  readonly #numbers: PartNumbers;
  readonly #maxInFlight: number;
  readonly #isNew: boolean;
  readonly #parts: Part[];
  readonly #inFlight = new Set<Promise<void>>();
  #multipart: Multipart | undefined;
  /** The first error of a part that was not awaited. */
  #failure: { readonly error: unknown } | undefined;

  constructor(store: Store, upload: string, before: Parts | undefined, numbers: PartNumbers, maxInFlight: number) {
    this.#store = store;
    this.#upload = upload;
    this.#numbers = numbers;
    this.#maxInFlight = maxInFlight;
    this.#isNew = before === undefined;
    this.#parts = [...(before?.list ?? [])];
    this.#multipart = before;
  }

  /** Whether there is a multipart upload that a part can be added to. */
  get isBegun(): boolean {
    return this.#multipart !== undefined;
  }

  /** The highest number of a part so far. */
  get lastNumber(): number {
    return this.#numbers.used;
  }

  /**
   * Starts to upload the first `size` bytes of a buffer, which is released afterwards, and waits until fewer parts than the
   * limit are in flight. Throws the error of any part, also of an earlier one.
   */
  async upload(buffer: PartBuffer, size: number): Promise<void> {
    const { multipart, number } = await this.#next().catch((error: unknown) => {
      buffer.release();
      throw error;
    });
    await this.#add(async () => {
      try {
        return await this.#store.uploadPart(multipart, number, buffer.bytes.subarray(0, size));
      } finally {
        buffer.release();
      }
    });
  }

  /** Starts to have the store copy an object of any size, as one part or several. Waits and throws like {@link upload}. */
  async copy({ key, size }: Location): Promise<void> {
    const length = Math.ceil(size / Math.ceil(size / largestCopy));
    for (let first = 0; first < size; first += length) {
      const range = { first, last: Math.min(first + length, size) - 1 };
      const { multipart, number } = await this.#next();
      await this.#add(() => this.#store.copyPart(multipart, number, key, range));
    }
  }

  /** Like {@link copy}, of an object that is small enough for one part, and is deleted once it was copied. */
  async move({ key, size }: Location): Promise<void> {
    const { multipart, number } = await this.#next();
    await this.#add(async () => {
      const part = await this.#store.copyPart(multipart, number, key, { first: 0, last: size - 1 });
      await this.#store.delete(key);
      return part;
    });
  }

  /** Waits for the parts in flight. The multipart upload with all its parts; undefined if none was begun. */
  async finish(): Promise<Parts | undefined> {
    await Promise.all(this.#inFlight);
    this.#throwFailure();
    if (!this.#multipart) return undefined;
    const list = this.#parts.sort((one, other) => one.number - other.number);
    return { ...this.#multipart, list, reserved: this.#numbers.used };
  }

  /** Waits for the parts in flight, and aborts the multipart upload if it was begun here. */
  async undo(): Promise<void> {
    await Promise.all(this.#inFlight);
    if (this.#multipart && this.#isNew) await this.#store.abortMultipart(this.#multipart);
  }

  /** Where the next part goes. One call at a time: a multipart upload is begun once, and the numbers ascend with the bytes. */
  async #next(): Promise<{ readonly multipart: Multipart; readonly number: number }> {
    this.#multipart ??= await this.#store.beginMultipart(newDataKey(this.#upload));
    return { multipart: this.#multipart, number: await this.#numbers.next() };
  }

  async #add(send: () => Promise<Part | undefined>): Promise<void> {
    const tracked: Promise<void> = this.#keep(send).finally(() => this.#inFlight.delete(tracked));
    this.#inFlight.add(tracked);
    while (this.#inFlight.size >= this.#maxInFlight) await Promise.race(this.#inFlight);
    this.#throwFailure();
  }

  /** Sends a part. Never rejects: the failure is kept, because nothing may be awaiting it. */
  async #keep(send: () => Promise<Part | undefined>): Promise<void> {
    try {
      const part = await send();
      if (!part) throw new UploadConflict();
      this.#parts.push(part);
    } catch (error) {
      this.#failure ??= { error };
    }
  }

  #throwFailure(): void {
    if (this.#failure) throw this.#failure.error;
  }
}
