/**
 * The exchanges, sent to a registry that runs somewhere: not to test it against what this one does, but to see what of the
 * table it serves. Everything is pushed to repositories of names that nobody else has.
 */
import { randomBytes } from 'node:crypto';
import { type Coverage, coverage } from '../docs/ledger.ts';
import type { Recorded } from '../docs/seen.ts';
import type { Exchange, Sent } from './exchange.ts';
import { exchanges } from './exchanges/index.ts';
import { recordedAs } from './wire/recorded.ts';
import { send } from './wire/send.ts';

/** Sends every exchange that needs no settings of its own to a registry, and says what its replies show. */
export async function survey(origin: string): Promise<Coverage> {
  const run = `stowage-coverage/${randomBytes(4).toString('hex')}`;
  const recorded: Recorded[] = [];
  const plain = Object.values(exchanges)
    .flat()
    .filter(({ options, over }) => options === undefined && over === undefined);
  for (const [index, exchange] of plain.entries()) recorded.push(...(await ask(origin, `${run}/${index}`, exchange)));
  return coverage(recorded);
}

/** Sends one exchange. What follows a reply with another status than expected stands on nothing, and is not sent. */
async function ask(origin: string, prefix: string, { steps }: Exchange): Promise<Recorded[]> {
  const recorded: Recorded[] = [];
  let location = '';
  let upload = '';
  for (const { send: asked, expect } of steps) {
    const path = within(prefix, asked.path).replace('{location}', location).replace('{upload}', upload);
    if (path.includes('{')) break;
    const sent: Sent = { ...asked, path };
    const reply = await send(origin, sent);
    recorded.push(recordedAs(sent, reply));
    if (reply.status !== expect.status) break;
    location = reply.headers.location === undefined ? location : pathOf(reply.headers.location, origin);
    upload = /^.*\/blobs\/uploads\/[^?]+/.exec(location)?.[0] ?? upload;
  }
  return recorded;
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
