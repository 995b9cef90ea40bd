/**
 * The parts of an upload, as large as the plan has them. A part that is larger than a buffer is assembled: its bytes become an
 * object by a multipart upload of its own, which the store then copies as one part.
 */
import { StorageFault } from '../../lib/driver.ts';
import type { PartBuffer } from './buffer-pool.ts';
import type { Location } from './content.ts';
import { newPartNumbers, type PartNumbers } from './part-numbers.ts';
import { plannedSize } from './part-plan.ts';
import { PartUploads } from './part-uploads.ts';
import type { Parts } from './sessions.ts';
import type { Store } from './store.ts';

/** The size of parts that are sent from memory, and how many parts are in flight at the same time. */
export interface PartOptions {
  /** In bytes; at least `smallestPart`. */
  readonly partSize: number;
  /** How many parts of one upload are uploaded at the same time. */
  readonly partsInFlight: number;
}

/** A part that is being assembled: the multipart upload of its object, and how many bytes that has. */
interface Assembly {
  readonly parts: PartUploads;
  size: number;
}

/** Adds bytes to a multipart upload: to one that exists, or to a new one that the first part begins. */
export class PlannedParts {
  readonly #store: Store;
  readonly #upload: string;
  readonly #options: PartOptions;
  readonly #parts: PartUploads;
  #assembly: Assembly | undefined;
  #tail: Location | undefined;

  constructor(store: Store, upload: string, before: Parts | undefined, numbers: PartNumbers, options: PartOptions) {
    this.#store = store;
    this.#upload = upload;
    this.#options = options;
    this.#parts = new PartUploads(store, upload, before, numbers, options.partsInFlight);
  }

  /** Whether there is a multipart upload that a part can be added to. */
  get isBegun(): boolean {
    return this.#parts.isBegun;
  }

  /** Whether bytes that were added are not in a part yet. More of any number may be added as the last. */
  get isAssembling(): boolean {
    return this.#assembly !== undefined;
  }

  /** Starts to add the first `size` bytes of a buffer, which is released afterwards. Waits and throws as `PartUploads` do. */
  async upload(buffer: PartBuffer, size: number): Promise<void> {
    if (this.#planned <= this.#options.partSize) return this.#parts.upload(buffer, size);
    await this.#assemble(size, (parts) => parts.upload(buffer, size));
  }

  /** Starts to add an object of at least `smallestPart` bytes, which the store copies. Otherwise like {@link upload}. */
  async copy(from: Location): Promise<void> {
    if (this.#planned <= from.size) return this.#parts.copy(from);
    await this.#assemble(from.size, (parts) => parts.copy(from));
  }

  /**
   * Waits for what is under way. The multipart upload with all its parts, undefined if none was begun, and as the tail the
   * object of a part that is smaller than planned.
   */
  async finish(): Promise<{ readonly parts?: Parts; readonly tail?: Location }> {
    this.#tail = await this.#completeAssembly();
    const parts = await this.#parts.finish();
    return { ...(parts && { parts }), ...(this.#tail && { tail: this.#tail }) };
  }

  /** Waits for what is under way, and drops what was begun here. */
  async undo(): Promise<void> {
    await this.#assembly?.parts.undo();
    await this.#parts.undo();
    if (this.#tail) await this.#store.delete(this.#tail.key);
  }

  get #planned(): number {
    return plannedSize(this.#parts.lastNumber + 1, this.#options.partSize);
  }

  async #assemble(size: number, add: (parts: PartUploads) => Promise<void>): Promise<void> {
    const { partsInFlight } = this.#options;
    this.#assembly ??= {
      parts: new PartUploads(this.#store, this.#upload, undefined, newPartNumbers(), partsInFlight),
      size: 0,
    };
    this.#assembly.size += size;
    await add(this.#assembly.parts);
    if (this.#assembly.size < this.#planned) return;
    const object = await this.#completeAssembly();
    if (object) await this.#parts.move(object);
  }

  /** The object of the part that is being assembled; undefined if there is none. */
  async #completeAssembly(): Promise<Location | undefined> {
    if (!this.#assembly) return undefined;
    const { parts, size } = this.#assembly;
    const assembled = await parts.finish();
    if (!assembled || !(await this.#store.completeMultipart(assembled, assembled.list))) {
      throw new StorageFault('broken', `the store lost a part of the upload ${this.#upload} that was being assembled`);
    }
    this.#assembly = undefined;
    return { key: assembled.key, size };
  }
}
