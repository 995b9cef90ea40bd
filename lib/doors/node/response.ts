/** Replies, sent over `node:http`. */
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { finished } from 'node:stream';
import type { Outgoing } from '../../dispatch.ts';
import { whenClosed } from './connection.ts';
import type { Expectation } from './continue.ts';
import { linger, takeRest } from './discard.ts';
import { type Patience, patience } from './idle.ts';

/** The most that is written at once: a client shows that it reads by making room for more. */
const pieceBytes = 256 * 1024;

/** A response on its way. */
export interface Course {
  /** Resolves when the response has left or its connection closed. */
  readonly end: Promise<void>;
  isOver(): boolean;
  /** Resolves when more can be written, or never will. */
  drained(): Promise<void>;
}

/** A request and the response to it. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly course: Course;
  readonly expectation: Expectation;
  /** How long a client may leave the response unread, in milliseconds; 0 for ever. */
  readonly responseIdle: number;
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
export async function send(exchange: Exchange, { status, headers, body }: Outgoing): Promise<void> {
  const { request, response, course, expectation, responseIdle } = exchange;
  const cutOff = !course.isOver() && !(await takeRest(request, expectation));
  if (course.isOver() || response.headersSent) return release(body);
  response.strictContentLength = true;
  response.writeHead(status, { ...headers, ...(cutOff && { Connection: 'close' }) } as OutgoingHttpHeaders);
  if (cutOff) response.flushHeaders();
  // A response without a socket waits for those before it.
  const watch = patience(
    responseIdle,
    () => response.destroy(),
    () => response.socket === null,
  );
  try {
    await write(response, body, course, watch);
    if (cutOff) await linger(request);
    if (!course.isOver()) response.end();
    await watch.during(course.end);
  } catch (error) {
    response.destroy();
    throw error;
  } finally {
    watch.end();
  }
}

/** Closes a body that will not be sent: begun first, as a generator that never began would not clear up after itself. */
async function release(body: Outgoing['body']): Promise<void> {
  if (body === undefined || body instanceof Uint8Array) return;
  const pieces = body[Symbol.asyncIterator]();
  await pieces.next();
  await pieces.return?.();
}

async function write(response: ServerResponse, body: Outgoing['body'], course: Course, watch: Patience): Promise<void> {
  if (body === undefined) return;
  for await (const whole of body instanceof Uint8Array ? [body] : body) {
    for (let at = 0; at < whole.length; at += pieceBytes) {
      if (course.isOver()) return;
      const piece = whole.length > pieceBytes ? whole.subarray(at, at + pieceBytes) : whole;
      if (!response.write(piece)) await watch.during(course.drained());
    }
  }
}
