/** What is left of a request's body when the reply is there already. */
import type { IncomingMessage } from 'node:http';
import type { Expectation } from './continue.ts';
import { announcedLength } from './request.ts';

/** A body this small is taken to its end, so that the connection can go on; a longer one that nobody wants is cut off. */
const smallRest = 64 * 1024;
/** How long a reply waits for such a body, in milliseconds. */
const smallRestWait = 100;
/** How much of an unwanted body is taken, and how long its connection stays, while the client may still be reading the reply. */
const lingerBytes = 1024 * 1024;
const lingerWait = 2_000;

/** Takes what is left of the body if that is little; false if there is more than anybody should wait for. */
export async function takeRest(request: IncomingMessage, expectation: Expectation): Promise<boolean> {
  const length = announcedLength(request) ?? 0;
  // A client that was not asked for its body sends none.
  if (!request.complete && length <= smallRest && !expectation.isOpen()) await take(request, smallRest, smallRestWait);
  return request.complete;
}

/**
 * Keeps the connection for a client that is still sending, so that it gets to the reply: closing while bytes arrive
 * would throw away what it has not read yet. Beyond the bound nothing is read, which holds the client back.
 */
export async function linger(request: IncomingMessage): Promise<void> {
  const until = Date.now() + lingerWait;
  await take(request, lingerBytes, lingerWait);
  if (!request.complete && !request.destroyed) await take(request, 0, until - Date.now());
}

/** Takes the body to its end, or as much of it as the bounds allow. */
function take(request: IncomingMessage, most: number, milliseconds: number): Promise<void> {
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
    if (request.destroyed || request.complete) stop();
    else if (most > 0) request.resume();
  });
}
