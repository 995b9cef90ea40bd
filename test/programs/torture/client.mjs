// @ts-check
/** Requests to a registry that may die while it answers. */
import { Agent, request } from 'node:http';

/**
 * @typedef {object} Answer
 * @property {number} status
 * @property {import('node:http').IncomingHttpHeaders} headers
 * @property {Buffer} body
 *
 * @typedef {(method: string, path: string, options?: { headers?: Record<string, string>, body?: readonly Uint8Array[] }) => Promise<Answer>} Send
 */

/**
 * A client of the registry at `origin`. A body of several pieces goes out chunked, one of a single piece with its length.
 * What it gives rejects if the connection breaks before the whole answer is there.
 * @param {string} origin
 * @returns {{ send: Send, close: () => void }}
 */
export function clientOf(origin) {
  const agent = new Agent({ keepAlive: true });
  /** @type {Send} */
  const send = (method, path, { headers = {}, body = [] } = {}) =>
    new Promise((resolve, reject) => {
      const length = body.length > 1 ? {} : { 'content-length': String(body[0]?.length ?? 0) };
      const sent = request(new URL(path, origin), { method, agent, headers: { ...length, ...headers } }, (response) => {
        /** @type {Buffer[]} */
        const parts = [];
        response.on('data', (part) => parts.push(part));
        response.once('error', reject);
        response.once('end', () => {
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) });
        });
      });
      sent.once('error', reject);
      for (const piece of body) sent.write(piece);
      sent.end();
    });
  return { send, close: () => agent.destroy() };
}

/** An answer that nobody expected, as opposed to a connection that broke. */
export class WrongAnswer extends Error {}

/**
 * The answer, which must have this status.
 * @param {Answer} answer
 * @param {number} status
 * @param {string} request what was asked
 */
export function expectStatus(answer, status, request) {
  if (answer.status === status) return answer;
  throw new WrongAnswer(`${request}: ${answer.status}, not ${status}: ${answer.body.toString().slice(0, 300)}`);
}

/**
 * The location that an answer names.
 * @param {Answer} answer
 */
export function locationOf({ headers }) {
  if (headers.location === undefined) throw new WrongAnswer('an answer has no Location');
  return headers.location;
}

/**
 * A path with one more parameter in its query.
 * @param {string} path
 * @param {string} name
 * @param {string} value
 */
export function withParameter(path, name, value) {
  return `${path}${path.includes('?') ? '&' : '?'}${name}=${encodeURIComponent(value)}`;
}
