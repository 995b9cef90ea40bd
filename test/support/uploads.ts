/** Requests about uploads, and what their replies say of where the upload stands. */
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf, type Reply, send } from './client.ts';

/** A reply. */
export interface Answer extends Reply {
  /** Where to go on; empty if it does not say. */
  readonly location: string;
  /** How many bytes the upload has, by the `Location`: 0 and 1 look the same in a `Range`. NaN if it does not say. */
  readonly offset: number;
  /** The code of an error; empty if it is none. */
  readonly code: string;
}

/** How a body goes out: in pieces, with a pause after each, in milliseconds. */
export interface Pace {
  readonly pieces: number;
  readonly pause: number;
}

/** Sends a request to a registry. Rejects if the connection ends without a reply. */
export async function ask(origin: string, method: string, path: string, body?: Uint8Array, pace?: Pace): Promise<Answer> {
  const length = { 'Content-Length': String(body?.length ?? 0) };
  const paced = body && pace && { body: slowly(body, pace), headers: length };
  const reply = await send(origin, { method, path, ...(body && { body }), ...paced });
  const { location = '' } = reply.headers;
  return { ...reply, location, offset: Number(/[?&]offset=(\d+)/.exec(location)?.[1] ?? Number.NaN), code: codeOf(reply) };
}

async function* slowly(body: Uint8Array, { pieces, pause }: Pace): AsyncGenerator<Uint8Array> {
  const step = Math.ceil(body.length / pieces);
  for (let at = 0; at < body.length; at += step) {
    yield body.subarray(at, at + step);
    if (pause > 0) await sleep(pause);
  }
}
