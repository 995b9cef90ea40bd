/** Writes the body of a reply in pieces, at the pace of its client. */
import type { ServerResponse } from 'node:http';
import type { Outgoing } from '../../reply.ts';

/** The most that is written at once: a client shows that it reads by making room for more. */
export const pieceBytes = 256 * 1024;

/** Where a body goes. */
export interface Outlet {
  readonly response: ServerResponse;
  /** Whether nothing can be sent any longer. */
  readonly isOver: boolean;
  /** How many bytes of the body were handed to the connection. */
  sent: number;
  /** Waits for something that only the client can bring about, with the idle timeout. */
  whileClientReads(wait: Promise<void>): Promise<void>;
}

/** Writes all of a body, or as much of it as is read before the response is over. Throws what breaks the body off. */
export async function pump(body: NonNullable<Outgoing['body']>, outlet: Outlet): Promise<void> {
  for await (const whole of ArrayBuffer.isView(body) ? [body] : body) {
    for (let at = 0; at < whole.length; at += pieceBytes) {
      if (outlet.isOver) return;
      const piece = whole.length > pieceBytes ? whole.subarray(at, at + pieceBytes) : whole;
      outlet.sent += piece.length;
      if (!outlet.response.write(piece)) await outlet.whileClientReads(drained(outlet));
    }
  }
}

/** Resolves when more can be written, or never will. */
function drained({ response, isOver }: Outlet): Promise<void> {
  return new Promise((resolve) => {
    if (isOver) return resolve();
    const done = (): void => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
  });
}
