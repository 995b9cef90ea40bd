/**
 * The exchanges, sent to a registry that runs somewhere: not to test it against what this one does, but to see what of the
 * table it serves. Everything is pushed to repositories of names that nobody else has.
 */
import { randomBytes } from 'node:crypto';
import { type Coverage, coverage, type Departure } from '../../coverage/ledger.ts';
import type { Recorded } from '../../coverage/seen.ts';
import type { Exchange, Sent } from '../exchanges/exchange.ts';
import { exchanges } from '../exchanges/index.ts';
import { recordedAs } from './recorded.ts';
import { type Reply, send } from './send.ts';

/** Sends every exchange that needs no settings of its own to a registry, and says what its replies show. Throws if nobody answers. */
export async function survey(origin: string): Promise<Coverage> {
  await send(origin, { method: 'GET', path: '/v2/' });
  const run = `stowage-coverage/${randomBytes(4).toString('hex')}`;
  const plain = Object.values(exchanges)
    .flat()
    .filter(({ options, over }) => options === undefined && over === undefined);
  const answers: Answers[] = [];
  for (const [index, exchange] of plain.entries()) answers.push(await ask(origin, `${run}/${index}`, exchange));
  const found = coverage(answers.flatMap(({ recorded }) => recorded));
  return { ...found, departures: [...found.departures, ...answers.flatMap(({ broken }) => broken)] };
}

/** What came back, and what broke off. */
interface Answers {
  readonly recorded: readonly Recorded[];
  readonly broken: readonly Departure[];
}

/** Sends one exchange. What follows a reply with another status than expected stands on nothing, and is not sent. */
async function ask(origin: string, prefix: string, { steps }: Exchange): Promise<Answers> {
  const recorded: Recorded[] = [];
  let location = '';
  let upload = '';
  for (const { send: asked, expect } of steps) {
    const path = within(prefix, asked.path).replace('{location}', location).replace('{upload}', upload);
    if (path.includes('{')) break;
    try {
      const { reply, exchanged } = await answered(origin, { ...asked, path });
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
 * The reply to a request. A registry that does not take a blob in one request begins an upload instead, and what comes
 * afterwards needs the blob: it is then sent as every client would send it.
 */
async function answered(origin: string, sent: Sent): Promise<{ readonly reply: Reply; readonly exchanged: Recorded[] }> {
  const reply = await send(origin, sent);
  const exchanged = [recordedAs(sent, reply)];
  const [, digest] = /\/blobs\/uploads\/\?digest=([^&]+)$/.exec(sent.path) ?? [];
  const { location } = reply.headers;
  if (reply.status !== 202 || digest === undefined || location === undefined) return { reply, exchanged };
  const path = pathOf(location, origin);
  const closing: Sent = { ...sent, method: 'PUT', path: `${path}${path.includes('?') ? '&' : '?'}digest=${digest}` };
  const closed = await send(origin, closing);
  return { reply: closed, exchanged: [...exchanged, recordedAs(closing, closed)] };
}

/** The path with its repository below others; a mount's source, too. */
function within(prefix: string, path: string): string {
  return path
    .replace(/^\/v2\/(?=.*\/(?:manifests|blobs|tags|referrers)\/)/, `/v2/${prefix}/`)
    .replace(/([?&]from=)/, `$1${prefix}/`);
}

/** Registries may give whole URLs. */
function pathOf(location: string, origin: string): string {
  const { pathname, search } = new URL(location, origin);
  return pathname + search;
}
