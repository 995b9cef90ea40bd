/** The parts of one multipart upload: numbered in order, and a few of them uploaded at the same time. */
import { newDataKey } from '../tree/layout.ts';
import type { PartBuffer } from './buffer-pool.ts';
import type { Location } from './content.ts';
import type { Parts } from './sessions.ts';
import type { Multipart, Part, Store } from './store.ts';

/** Part numbers that are reserved for one append: `first` to `last`, both included. */
export interface PartNumbers {
  readonly first: number;
  readonly last: number;
}

/** Reserves part numbers in a multipart upload that other appends may write to as well. */
export type Reserve = () => Promise<PartNumbers>;

/** Thrown by an append, or by the reservation of part numbers, if another request moved the upload on. */
export class UploadConflict extends Error {}

/** The most bytes that one copied part gets. Stores accept 5 GiB. */
const maxCopySize = 4 * 1024 ** 3;

/** Adds parts to a multipart upload: to one that exists, or to a new one that the first part begins. */
export class PartUploads {
  readonly #store: Store;
  readonly #upload: string;
  readonly #before: Parts | undefined;
  readonly #maxInFlight: number;
  readonly #reserve: Reserve | undefined;
  readonly #parts: Part[];
  readonly #inFlight = new Set<Promise<void>>();
  #multipart: Multipart | undefined;
  /** The numbers that are left. Of a multipart upload that this append begins, all are. */
  #numbers: PartNumbers;
  /** The first error of an upload that was not awaited. */
  #failure: { readonly error: unknown } | undefined;

  constructor(store: Store, upload: string, before: Parts | undefined, maxInFlight: number, reserve?: Reserve) {
    this.#store = store;
    this.#upload = upload;
    this.#before = before;
    this.#maxInFlight = maxInFlight;
    this.#reserve = reserve;
    this.#parts = [...(before?.list ?? [])];
    this.#multipart = before;
    this.#numbers = { first: 1, last: before ? 0 : Number.POSITIVE_INFINITY };
  }

  /** Whether there is a multipart upload that a part can be added to. */
  get isBegun(): boolean {
    return this.#multipart !== undefined;
  }

  /** Has the store copy an object as parts. */
  async copy({ key, size }: Location): Promise<void> {
    const multipart = await this.#begin();
    const length = Math.ceil(size / Math.ceil(size / maxCopySize));
    for (let first = 0; first < size; first += length) {
      const range = { first, last: Math.min(first + length, size) - 1 };
      this.#parts.push(await this.#store.copyPart(multipart, await this.#nextNumber(), key, range));
    }
  }

  /**
   * Starts to upload the first `size` bytes of a buffer, which is released afterwards, and waits until fewer parts than the
   * limit are in flight. Throws the error of any part, also of an earlier one.
   */
  async upload(buffer: PartBuffer, size: number): Promise<void> {
    // A part that begins the multipart upload or reserves numbers is awaited, so that the next one does not do it again.
    const isAwaited = !this.#multipart || this.#numbers.first > this.#numbers.last;
    const sending = this.#send(buffer, size);
    if (isAwaited) await sending;
    else {
      const tracked = sending.finally(() => this.#inFlight.delete(tracked));
      this.#inFlight.add(tracked);
      while (this.#inFlight.size >= this.#maxInFlight) await Promise.race(this.#inFlight);
    }
    this.#throwFailure();
  }

  /** Waits for the parts in flight. The multipart upload with all its parts; undefined if none was begun. */
  async finish(): Promise<Parts | undefined> {
    await Promise.all(this.#inFlight);
    this.#throwFailure();
    if (!this.#multipart) return undefined;
    const { first, last } = this.#numbers;
    const used = last === Number.POSITIVE_INFINITY ? first - 1 : last;
    const list = this.#parts.sort((one, other) => one.number - other.number);
    return { ...this.#multipart, list, reserved: Math.max(this.#before?.reserved ?? 0, used) };
  }

  /** Waits for the parts in flight, and aborts the multipart upload if it was begun here. */
  async undo(): Promise<void> {
    await Promise.all(this.#inFlight);
    if (this.#multipart && !this.#before) await this.#store.abortMultipart(this.#multipart);
  }

  async #begin(): Promise<Multipart> {
    this.#multipart ??= await this.#store.beginMultipart(newDataKey(this.#upload));
    return this.#multipart;
  }

  async #nextNumber(): Promise<number> {
    if (this.#numbers.first > this.#numbers.last && this.#reserve) this.#numbers = await this.#reserve();
    const { first, last } = this.#numbers;
    this.#numbers = { first: first + 1, last };
    return first;
  }

  /** Uploads a part. Never rejects: the failure is kept, because nothing may be awaiting it. */
  async #send(buffer: PartBuffer, size: number): Promise<void> {
    try {
      const bytes = buffer.bytes.subarray(0, size);
      const part = await this.#store.uploadPart(await this.#begin(), await this.#nextNumber(), bytes);
      if (!part) throw new UploadConflict();
      this.#parts.push(part);
    } catch (error) {
      this.#failure ??= { error };
    } finally {
      buffer.release();
    }
  }

  #throwFailure(): void {
    if (this.#failure) throw this.#failure.error;
  }
}
