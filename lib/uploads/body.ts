/** The body of a request, the same for every kind of server. */
import { RegistryError } from '../api/errors.ts';

/** A body that has not been read yet. It can be read once. */
export interface Body {
  /** Its length in bytes as announced; undefined where the client did not say. */
  readonly length: number | undefined;
  /**
   * The bytes, in batches of the buffers in which they arrived; the client is slowed down to the reader's pace. `take` is called
   * for each buffer in turn, when it arrives; what it throws ends the reading, and the reader gets nothing more. Throws
   * {@link BodyBroken} if the connection breaks before the end; all that was taken is given before.
   */
  read(take?: (piece: Uint8Array) => void): AsyncIterable<readonly Uint8Array[]>;
  /** Frees the memory of pieces that were read, where nobody else may have them: for a reader that needs them no longer. */
  release?(pieces: readonly Uint8Array[]): void;
  /** Makes the reader see a broken connection now. */
  interrupt(): void;
  /** Whether the connection broke before the end, and the body was not interrupted: the client has left. */
  readonly wasLost: boolean;
}

/** The connection broke before the whole body was there, or a newer request took its place. */
export class BodyBroken extends Error {
  constructor() {
    super('the request ended before its body was complete');
    this.name = 'BodyBroken';
  }
}

/** A body of at most `limit` bytes as one piece. Throws 413 `SIZE_INVALID` as soon as it is longer. */
export async function readWhole(body: Body, limit: number): Promise<Uint8Array> {
  const tooLarge = () =>
    new RegistryError('SIZE_INVALID', {
      status: 413,
      message: `the body is too large: this registry takes ${limit} bytes at most`,
      detail: { reason: 'too-large', limit },
    });
  if ((body.length ?? 0) > limit) throw tooLarge();
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const batch of body.read()) {
    for (const piece of batch) length += piece.length;
    if (length > limit) throw tooLarge();
    pieces.push(...batch);
  }
  return Buffer.concat(pieces, length);
}
