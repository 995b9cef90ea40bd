/** A client of a registry over a store that may fail: it holds every reply to what may be promised then. */
import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { open, type Reply, type Sent } from '../../client.ts';
import type { S3Double } from '../double.ts';

/** A request that did not get what it asked for, because the store failed. */
export class Refused extends Error {}

/** Asks a registry. */
export interface Client {
  readonly origin: string;
  /** The reply, if it has this status; a refusal that may be is thrown as {@link Refused}. */
  ask(status: number, method: string, path: string, sent?: Pick<Sent, 'headers' | 'body'>): Promise<Reply>;
}

/** How long a request may take over a store whose silence lasts for a moment. */
const longest = 10_000;
/** How often one call may be made. */
const tries = 4;
/** Faults at which a call has done what it was made for. */
const harmless = new Set(['slow reply', 'twice']);

/** A client of the registry at `origin` over this double. */
export function clientOf(origin: string, double: S3Double): Client {
  return {
    origin,
    ask: async (status, method, path, sent) => {
      const seen = double.calls.length;
      const begun = Date.now();
      const what = `${method} ${path}`;
      const signal = AbortSignal.timeout(longest);
      const response = await open(origin, { ...sent, method, path, signal }).catch((error: unknown) => {
        throw new Error(`${what} got no reply`, { cause: error });
      });
      const reply = await whole(response, what);
      assert.ok(Date.now() - begun < longest, `${what} took ${Date.now() - begun} ms`);
      keepsToItself(reply, double, what);
      triesFew(double, seen, what);
      if (reply.status === status) return reply;
      throw refusal(reply, method, what);
    },
  };
}

/** A reply whose body breaks off is none: the client sees that it broke. */
async function whole(response: IncomingMessage, what: string): Promise<Reply> {
  const pieces: Buffer[] = await response.toArray().catch(() => {
    throw new Refused(`${what} was cut off`);
  });
  return { status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(pieces) };
}

/** A refusal says in the registry's own words that the store failed, and when to try again if that will pass. */
function refusal({ status, headers, body }: Reply, method: string, what: string): Refused {
  const told = `${what}: ${status} ${body}`;
  assert.ok(status >= 500, told);
  if (method !== 'HEAD') assert.equal(typeof JSON.parse(body.toString()).errors[0].code, 'string', told);
  if (status === 503) assert.match(headers['retry-after'] ?? '', /^[1-9]\d*$/, told);
  return new Refused(told);
}

/** Nothing of the store reaches a client. */
function keepsToItself({ headers, body, status }: Reply, { origin, bucket }: S3Double, what: string): void {
  const head = Object.entries(headers)
    .map((header) => header.join(': '))
    .join('\n');
  const told = status >= 400 ? `${head}\n${body}` : head;
  const own = [new URL(origin).host, bucket, 'x-amz', 'REQUEST', 'S3 double', 'By plan', 'data/', 'sessions/', 'content/'];
  const codes = ['InternalError', 'SlowDown', 'PreconditionFailed', 'ConditionalRequestConflict', 'TimeoutError', 'ECONN'];
  for (const word of [...own, ...codes]) assert.ok(!told.includes(word), `${what} tells ${word}: ${told}`);
}

function triesFew({ calls }: S3Double, since: number, what: string): void {
  const failed = new Map<string, number>();
  for (const { operation, key, headers, fault } of calls.slice(since)) {
    if (fault === undefined || harmless.has(fault)) continue;
    // One object may be written several times, on a condition that has to hold each time.
    const call = `${operation} ${key} ${headers.get('x-amz-meta-stowage-write') ?? ''}`;
    const times = (failed.get(call) ?? 0) + 1;
    assert.ok(times <= tries, `${what} made the call ${call} more than ${tries} times`);
    failed.set(call, times);
  }
}
