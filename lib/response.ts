/** Replies, sent over `node:http`. */
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { finished } from 'node:stream';
import { whenClosed } from './connection.ts';
import type { Outgoing } from './dispatch.ts';
import { announcedLength } from './request.ts';

/** A body this small is taken to its end, so that the connection can go on; a longer one that nobody wants is cut off. */
const smallRest = 64 * 1024;
/** How long a reply waits for such a body, in milliseconds. */
const smallRestWait = 100;
/** How much of an unwanted body is taken, and how long, while the client may still be reading the reply. */
const lingerBytes = 1024 * 1024;
const lingerWait = 2_000;

/** A response on its way. */
export interface Course {
  /** Resolves when the response has left or its connection closed. */
  readonly end: Promise<void>;
  isOver(): boolean;
  /** Resolves when more can be written, or never will. */
  drained(): Promise<void>;
}

/** Follows a response to its end. */
export function follow(request: IncomingMessage, response: ServerResponse): Course {
  let over = false;
  let wake = (): void => {};
  const end = new Promise<void>((resolve) => {
    const stop = (): void => {
      over = true;
      wake();
      resolve();
    };
    const forget = whenClosed(request.socket, stop);
    finished(response, () => {
      forget();
      stop();
    });
  });
  response.on('drain', () => wake());
  const drained = (): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve;
      if (over) resolve();
    });
  return { end, isOver: () => over, drained };
}

/**
 * Sends a reply. Settles when it has left or the connection closed. A body that breaks off takes the connection with
 * it: a client never sees a short reply that looks whole. What broke it is thrown.
 */
export async function send(request: IncomingMessage, response: ServerResponse, reply: Outgoing, course: Course): Promise<void> {
  const { status, headers, body } = reply;
  const cutOff = !course.isOver() && !(await takeRest(request));
  if (course.isOver() || response.headersSent) return release(body);
  response.strictContentLength = true;
  response.writeHead(status, { ...headers, ...(cutOff && { Connection: 'close' }) } as OutgoingHttpHeaders);
  if (cutOff) response.flushHeaders();
  try {
    await write(response, body, course);
  } catch (error) {
    response.destroy();
    throw error;
  }
  if (cutOff) await linger(request, lingerBytes, lingerWait);
  if (!course.isOver()) response.end();
  return course.end;
}

/** Takes what is left of the request's body if that is little; false if there is more than anybody should wait for. */
async function takeRest(request: IncomingMessage): Promise<boolean> {
  const length = announcedLength(request) ?? 0;
  if (!request.complete && length <= smallRest) await linger(request, smallRest, smallRestWait);
  return request.complete;
}

/** Closes a body that will not be sent. */
async function release(body: Outgoing['body']): Promise<void> {
  if (body !== undefined && !(body instanceof Uint8Array)) await body[Symbol.asyncIterator]().return?.();
}

async function write(response: ServerResponse, body: Outgoing['body'], course: Course): Promise<void> {
  if (body === undefined) return;
  if (body instanceof Uint8Array) {
    response.write(body);
    return;
  }
  for await (const piece of body) {
    if (course.isOver()) return;
    if (!response.write(piece)) await course.drained();
  }
}

/** Takes what is left of a body, so that a client that sends before it reads gets to the reply; within bounds. */
function linger(request: IncomingMessage, most: number, milliseconds: number): Promise<void> {
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
    const timer = setTimeout(stop, milliseconds);
    request.on('data', count).on('end', stop).on('close', stop);
    if (request.destroyed || request.complete) stop();
    else request.resume();
  });
}
