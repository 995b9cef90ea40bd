/** Replies, sent over `node:http`. */
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { finished } from 'node:stream';
import type { Outgoing } from './dispatch.ts';
import { announcedLength } from './request.ts';

/** A body this small is taken to its end, so that the connection can go on; a longer one that nobody wants is cut off. */
const smallRest = 64 * 1024;
/** How much of an unwanted body is taken while the client may still be reading the reply. */
const lingerBytes = 1024 * 1024;
const lingerMs = 2_000;

/**
 * Sends a reply. Settles when it has left or the connection closed. A body that breaks off takes the connection with
 * it: a client never sees a short reply that looks whole. What broke it is thrown.
 */
export async function send(
  request: IncomingMessage,
  response: ServerResponse,
  { status, headers, body }: Outgoing,
): Promise<void> {
  const closed = settled(response);
  if (response.destroyed || response.writableEnded) {
    await release(body);
    return closed;
  }
  const cutOff = !(await takeRest(request));
  response.strictContentLength = true;
  response.writeHead(status, { ...headers, ...(cutOff && { Connection: 'close' }) } as OutgoingHttpHeaders);
  if (cutOff) response.flushHeaders();
  try {
    await write(response, body);
  } catch (error) {
    response.destroy();
    throw error;
  }
  if (cutOff) await linger(request, lingerBytes);
  if (!response.destroyed) response.end();
  return closed;
}

/** Takes what is left of the request's body if that is little; false if there is more than anybody should wait for. */
async function takeRest(request: IncomingMessage): Promise<boolean> {
  const length = announcedLength(request) ?? 0;
  if (!request.complete && length <= smallRest) await linger(request, smallRest);
  return request.complete;
}

/** Closes a body that will not be sent. */
async function release(body: Outgoing['body']): Promise<void> {
  if (body !== undefined && !(body instanceof Uint8Array)) await body[Symbol.asyncIterator]().return?.();
}

async function write(response: ServerResponse, body: Outgoing['body']): Promise<void> {
  if (body === undefined) return;
  if (body instanceof Uint8Array) {
    response.write(body);
    return;
  }
  for await (const piece of body) {
    if (response.destroyed) return;
    if (!response.write(piece)) await drained(response);
  }
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      response.off('drain', go).off('close', go);
      resolve();
    };
    response.on('drain', go).on('close', go);
  });
}

/** Takes what is left of a body, so that a client that sends before it reads gets to the reply; within bounds. */
function linger(request: IncomingMessage, most: number): Promise<void> {
  return new Promise((resolve) => {
    let taken = 0;
    const stop = (): void => {
      clearTimeout(timer);
      request.off('data', count).off('end', stop).off('close', stop);
      resolve();
    };
    const count = (piece: Uint8Array): void => {
      taken += piece.length;
      if (taken > most) stop();
    };
    const timer = setTimeout(stop, lingerMs);
    request.on('data', count).on('end', stop).on('close', stop);
    if (request.destroyed || request.complete) stop();
    else request.resume();
  });
}

/** Resolves when the response has left or its connection closed. */
export function settled(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    finished(response, () => resolve());
  });
}
