/** How many uploads each client has open, as far as this process has seen them begin. */
import type { Departure } from '../access/throttle.ts';
import type { RepositoryName, UploadId } from '../api/formats.ts';
import { now } from '../timers.ts';
import { Counts } from './counts.ts';

/** An upload that nobody touched for so long is taken for ended: the usual `uploadExpiry`, in milliseconds. */
const forgottenMs = 24 * 60 * 60 * 1000;

/** Whose an upload is, and where: in another repository it is unknown, and still open. */
interface Owner {
  readonly key: string;
  readonly repository: RepositoryName | undefined;
  readonly touchedAt: number;
}

/** The uploads that are open. */
export class OpenUploads {
  readonly #owners = new Map<UploadId, Owner>();
  /** For each client, the uploads that are open, and requests under way that may begin one. */
  readonly #counts = new Counts();

  /** How many a client has, with those that are about to begin. */
  countOf(key: string): number {
    this.#forget();
    return this.#counts.of(key);
  }

  /** A request of the client may begin an upload. */
  reserve(key: string): void {
    this.#counts.add(key);
  }

  /** The request for which was reserved has ended; the upload that it began, if any, is open from now on, also where the client has left. */
  settle(key: string, { repository, upload }: Departure): void {
    if (upload !== undefined) this.#owners.set(upload, { key, repository, touchedAt: now() });
    else this.#counts.remove(key);
  }

  /** A request to an upload has ended. */
  follow({ repository, upload, status, operation }: Departure): void {
    const owner = upload && this.#owners.get(upload);
    if (!owner || owner.repository !== repository) return;
    const isOver = status === 404 || (status < 300 && (operation === 'completeUpload' || operation === 'cancelUpload'));
    if (isOver) this.#end(upload, owner.key);
    else this.#touch(upload, owner);
  }

  #touch(upload: UploadId, owner: Owner): void {
    // Moved to the end: the order is that of the last touch.
    this.#owners.delete(upload);
    this.#owners.set(upload, { ...owner, touchedAt: now() });
  }

  #end(upload: UploadId, key: string): void {
    this.#owners.delete(upload);
    this.#counts.remove(key);
  }

  #forget(): void {
    for (const [upload, { key, touchedAt }] of this.#owners) {
      if (now() - touchedAt < forgottenMs) return;
      this.#end(upload, key);
    }
  }
}
