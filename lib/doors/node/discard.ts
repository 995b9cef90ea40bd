/**
 * Discards bytes of a request's body that still arrive when the reply is decided: to the end if few are left, so that the
 * connection goes on; otherwise the connection closes after a lingering read (RFC 9112 section 9.6).
 */
import { clearTimeout, now, setTimeout } from '../../timers.ts';
import type { NodeRequest } from './request.ts';

/** An unwanted body this small is read to its end; a longer one is cut off. */
const smallBytes = 64 * 1024;
/** How long a reply waits for such a body. */
const smallWaitMs = 100;
/** How much of an unwanted body is read, and how long its connection stays, while the client may still be reading the reply. */
const lingerBytes = 1024 * 1024;
const lingerMs = 2_000;

/** Reads what is left of the body if that is little; false if there is more than anybody should wait for. */
export async function discardRest(asked: NodeRequest, isExpected: boolean): Promise<boolean> {
  const { length = 0 } = asked;
  // A client that was not asked for its body sends none.
  if (asked.isArriving && length <= smallBytes && !isExpected) await discard(asked, smallBytes, smallWaitMs);
  return !asked.isArriving;
}

/**
 * Keeps the connection for a client that is still sending, so that it gets to the reply: closing while bytes arrive
 * would throw away what it has not read yet. Beyond the bound nothing is read, which holds the client back.
 */
export async function linger(asked: NodeRequest): Promise<void> {
  const until = now() + lingerMs;
  await discard(asked, lingerBytes, lingerMs);
  if (asked.isArriving && !asked.request.destroyed) await discard(asked, 0, until - now());
}

/**
 * Resets a stream of HTTP/2 whose client is still sending some time after its reply, with NO_ERROR (RFC 9113 section 8.1): it would
 * be open until its client ended it. The connection goes on.
 */
export function resetLater({ request }: NodeRequest, stream: { close(): void }, ended: Promise<void>): void {
  const reset = (): void => {
    stream.close();
    // The stream ends once what has arrived of the body is read.
    request.resume();
  };
  const timer = setTimeout(reset, lingerMs);
  void ended.then(() => clearTimeout(timer));
}

/** Reads the body to its end, or as much of it as the bounds allow. */
function discard(asked: NodeRequest, most: number, milliseconds: number): Promise<void> {
  const { request } = asked;
  return new Promise((resolve) => {
    let taken = 0;
    const stop = (): void => {
      clearTimeout(timer);
      request.off('data', count).off('end', stop).off('close', stop);
      request.pause();
      resolve();
    };
    const count = (piece: Uint8Array): void => {
      taken += piece.length;
      if (taken > most) stop();
    };
    const timer = setTimeout(stop, milliseconds);
    request.on('data', count).on('end', stop).on('close', stop);
    if (request.destroyed || !asked.isArriving) stop();
    else if (most > 0) request.resume();
  });
}
