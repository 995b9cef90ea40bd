/**
 * Writes the body of a reply at the pace of its client: pieces as they come, or what a reader puts into blocks of memory that are
 * used again. Of each body two blocks are in flight, so that one is read while the other is written.
 */
import { ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { ByteReader } from '../../driver.ts';
import type { Outgoing } from '../../reply.ts';
import { now } from '../../timers.ts';
import { readInto } from '../read-into.ts';
import { type Block, takeLargeBlock, takeSmallBlock } from './blocks.ts';

/** What is handed over at once of pieces that a driver gives, in bytes. */
export const pieceBytes = 256 * 1024;
/** How much of them may wait for a fast client, in bytes, while few bodies are being written; otherwise, one piece may. */
const mostWaitingBytes = 1024 * 1024;
const few = 16;

/** So many bytes in a millisecond make a client a fast one. */
const fastBytesPerMs = 1024;

/** How many bodies are being written. */
let bodies = 0;

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
  bodies++;
  try {
    const pace = new Pace(outlet);
    if (ArrayBuffer.isView(body)) await writePieces([body], outlet, pace);
    else if (body.reader && reportsWrites(outlet.response)) await writeBlocks(body.reader(), outlet, pace);
    else await writePieces(body, outlet, pace);
  } finally {
    bodies--;
  }
}

/**
 * How fast a client takes what is written. Whatever is handed over at once has to leave within the idle timeout, so a slow client gets
 * little; and so does each at first: it shows how fast it is by making room for more.
 */
class Pace {
  isFast = false;

  constructor(private readonly outlet: Outlet) {}

  /** Waits until the client has taken so many bytes. */
  async during(bytes: number, wait: Promise<void>): Promise<void> {
    const startedMs = now();
    await this.outlet.whileClientReads(wait);
    this.isFast = now() - startedMs < bytes / fastBytesPerMs;
  }
}

/** Writes pieces, and waits for the client only when as much as a block of them has been handed over. */
async function writePieces(pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>, outlet: Outlet, pace: Pace): Promise<void> {
  let handedOver = 0;
  for await (const whole of pieces) {
    for (let at = 0; at < whole.length; at += pieceBytes) {
      if (outlet.isOver) return;
      const piece = whole.length > pieceBytes ? whole.subarray(at, at + pieceBytes) : whole;
      outlet.sent += piece.length;
      handedOver += piece.length;
      if (outlet.response.write(piece) || handedOver < (pace.isFast && bodies <= few ? mostWaitingBytes : pieceBytes)) continue;
      await pace.during(handedOver, drained(outlet));
      handedOver = 0;
    }
  }
}

/** Reads into blocks and writes them. The reader is closed once, however that ends, and does not wait for the client to take the rest. */
async function writeBlocks(reader: ByteReader, outlet: Outlet, pace: Pace): Promise<void> {
  let before: { readonly count: number; readonly left: Promise<void> } | undefined;
  let block: Block | undefined;
  try {
    while (!outlet.isOver) {
      block = pace.isFast ? takeLargeBlock() : takeSmallBlock();
      const count = await readInto(reader, block.bytes);
      if (count === 0 || outlet.isOver) return block.giveBack();
      outlet.sent += count;
      const left = write(outlet.response, block, count);
      if (before) await pace.during(before.count, before.left);
      before = { count, left };
    }
  } catch (error) {
    block?.giveUp();
    throw error;
  } finally {
    await reader.close();
  }
}

/**
 * Writes what is in a block, and resolves when it has left, or when the response is closed: where the connection breaks, nothing says that
 * the memory is not read any longer. Throws at once what the response throws.
 */
function write(response: ServerResponse, block: Block, count: number): Promise<void> {
  let resolve = (): void => {};
  const left = new Promise<void>((resolveLeft) => {
    resolve = resolveLeft;
  });
  const done = (): void => {
    block.giveUp();
    response.off('close', done);
    resolve();
  };
  response.write(block.bytes.subarray(0, count), (error) => {
    if (!error) block.giveBack();
    done();
  });
  response.on('close', done);
  return left;
}

/**
 * Whether a response tells when a piece has left. Middleware that replaces `write` (compression) may keep pieces, or call nobody back;
 * over HTTP/2, the session may still hold a piece of a stream that was reset; and a connection that is not of the system (a tunnel in
 * a `Duplex`) may call back when it has queued a piece.
 */
const reportsWrites = (response: ServerResponse): boolean =>
  response.write === ServerResponse.prototype.write && response.socket instanceof Socket;

/** Resolves when the client has made room, or when the response is closed. */
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
