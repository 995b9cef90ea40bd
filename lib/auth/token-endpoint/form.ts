/** The form of a POST. */
import { clearTimeout, setTimeout } from '../../timers.ts';

/** More is no form of a client. */
export const mostBytes = 64 * 1024;
/** A form that takes longer is given up, in milliseconds. */
const mostTime = 10_000;

/** A form that was read, or why it was not. */
export type Form = { readonly text: string } | { readonly refusal: 'too long' | 'broken off' };

/** Reads a form, piece by piece. `give up` ends what gives the pieces. */
export async function readForm(pieces: AsyncIterable<Uint8Array>, giveUp: () => void): Promise<Form> {
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    giveUp();
  }, mostTime);
  const read: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const piece of pieces) {
      length += piece.length;
      if (length > mostBytes) return { refusal: 'too long' };
      read.push(piece);
    }
    // A stream that is cancelled ends as if it were whole.
    return isLate ? { refusal: 'broken off' } : { text: Buffer.concat(read).toString('utf8') };
  } catch {
    return { refusal: 'broken off' };
  } finally {
    clearTimeout(timer);
  }
}
