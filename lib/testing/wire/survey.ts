/**
 * Sends the exchanges to any running registry, to see how much of the table it serves. It need not answer as this registry does.
 * Everything is pushed to repositories below `stowage-coverage/` and a random name.
 */
import { randomBytes } from 'node:crypto';
import { type Coverage, coverage, type Departure } from '../../coverage/ledger.ts';
import type { Recorded } from '../../coverage/seen.ts';
import type { Exchange, Sent } from '../exchanges/exchange.ts';
import { exchanges } from '../exchanges/index.ts';
import { record } from './record.ts';
import { type Reply, send } from './send.ts';

/**
 * Sends every exchange that needs no special options to the registry at an origin; gives what its replies show of the table.
 * Rejects if the first request gets no reply.
 */
export async function survey(origin: string): Promise<Coverage> {
  await send(origin, { method: 'GET', path: '/v2/' });
  const run = `stowage-coverage/${randomBytes(4).toString('hex')}`;
  const plain = Object.values(exchanges)
    .flat()
    .filter(({ options, over }) => options === undefined && over === undefined);
  const answers: Answers[] = [];
  for (const [index, exchange] of plain.entries()) answers.push(await sendExchange(origin, `${run}/${index}`, exchange));
  const found = coverage(answers.flatMap(({ recorded }) => recorded));
  return { ...found, departures: [...found.departures, ...answers.flatMap(({ broken }) => broken)] };
}

/** The replies to an exchange. */
interface Answers {
  readonly recorded: readonly Recorded[];
  /** The request whose connection broke, if there was one. */
  readonly broken: readonly Departure[];
}

/** Sends one exchange, up to the first reply with an unexpected status: later steps build on what was expected. */
async function sendExchange(origin: string, prefix: string, { steps }: Exchange): Promise<Answers> {
  const recorded: Recorded[] = [];
  let location = '';
  let upload = '';
  for (const { send: asked, expect } of steps) {
    const path = belowPrefix(prefix, asked.path).replace('{location}', location).replace('{upload}', upload);
    if (path.includes('{')) break;
    try {
      const { reply, exchanged } = await sendWithFallback(origin, { ...asked, path });
      recorded.push(...exchanged);
      if (reply.status !== expect.status) break;
      location = reply.headers.location === undefined ? location : pathOf(reply.headers.location, origin);
      upload = /^.*\/blobs\/uploads\/[^?]+/.exec(location)?.[0] ?? upload;
    } catch (error) {
      const objection = `the reply broke off: ${error instanceof Error ? error.message : String(error)}`;
      return { recorded, broken: [{ request: `${asked.method} ${path}`, status: 0, objections: [objection] }] };
    }
  }
  return { recorded, broken: [] };
}

/**
 * Sends a request. A registry without pushes in one POST answers 202 and begins an upload; later steps need the blob, so it is
 * then sent by PUT to that upload.
 */
async function sendWithFallback(origin: string, sent: Sent): Promise<{ readonly reply: Reply; readonly exchanged: Recorded[] }> {
  const reply = await send(origin, sent);
  const exchanged = [record(sent, reply)];
  const [, digest] = /\/blobs\/uploads\/\?digest=([^&]+)$/.exec(sent.path) ?? [];
  const { location } = reply.headers;
  if (reply.status !== 202 || digest === undefined || location === undefined) return { reply, exchanged };
  const path = pathOf(location, origin);
  const closing: Sent = { ...sent, method: 'PUT', path: `${path}${path.includes('?') ? '&' : '?'}digest=${digest}` };
  const closed = await send(origin, closing);
  return { reply: closed, exchanged: [...exchanged, record(closing, closed)] };
}

/** The path with its repository, and the source of a mount, moved below a prefix. */
function belowPrefix(prefix: string, path: string): string {
  return path
    .replace(/^\/v2\/(?=.*\/(?:manifests|blobs|tags|referrers)\/)/, `/v2/${prefix}/`)
    .replace(/([?&]from=)/, `$1${prefix}/`);
}

/** Path and query of a `Location`, which may be a whole URL. */
function pathOf(location: string, origin: string): string {
  const { pathname, search } = new URL(location, origin);
  return pathname + search;
}
