// @ts-check
/** A client of a registry that may die while it answers. */
import { Agent } from 'node:http';
import { send, UnexpectedReply } from '../../support/client.ts';

/**
 * @typedef {import('../../support/client.ts').Reply} Reply
 * @typedef {(method: string, path: string, more?: Pick<import('../../support/client.ts').Sent, 'headers' | 'body'>) => Promise<Reply>} Send
 */

/**
 * A client of the registry at `origin`, on connections that it keeps. What it gives rejects if a connection breaks before the
 * whole reply is there.
 * @param {string} origin
 * @returns {{ send: Send, close: () => void }}
 */
export function clientOf(origin) {
  const agent = new Agent({ keepAlive: true });
  return { send: (method, path, more) => send(origin, { method, path, agent, ...more }), close: () => agent.destroy() };
}

/**
 * A body that goes out in chunks.
 * @param {...Uint8Array} pieces
 */
export async function* inChunks(...pieces) {
  yield* pieces;
}

/**
 * The reply, which must have this status.
 * @param {Reply} reply
 * @param {number} status
 * @param {string} request what was asked
 */
export function expectStatus(reply, status, request) {
  if (reply.status === status) return reply;
  throw new UnexpectedReply(`${request}: ${reply.status}, not ${status}: ${reply.body.toString().slice(0, 300)}`);
}
