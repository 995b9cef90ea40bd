/** Exchanges over real connections; every reply on the way is checked against its row of the table. */
import assert from 'node:assert/strict';
import { metBy, objectionsTo, type Seen } from '../../coverage/judge.ts';
import { seenAs } from '../../coverage/seen.ts';
import type { Driver, Logger } from '../../index.ts';
import { telling, wholeStory } from '../error-text.ts';
import type { Exchange, Sent, Step } from '../exchanges/exchange.ts';
import { assertExpected } from './expected.ts';
import { recordedAs } from './recorded.ts';
import { followed, type Reply, send } from './send.ts';
import { served } from './serve.ts';

/** Looks at a reply, and at the request to it, beyond what the exchange and the table say, and throws if something is wrong. */
export type Check = (seen: Seen, sent: Sent) => void;

/** Plays an exchange over a driver that holds nothing; gives the obligations of the table that it met. */
export async function play({ options, over, steps }: Exchange, driver: Driver, check?: Check): Promise<string[]> {
  const faults: string[] = [];
  const error = (details: object, message: string): void => {
    faults.push(`${message}: ${'err' in details ? wholeStory(details.err) : ''}`);
  };
  const logger: Logger = { error, warn: () => {} };
  try {
    return await served(over?.(driver) ?? driver, { logger, ...options }, (origin) => playAt(origin, steps, check));
  } catch (failure) {
    // A client is not told how a storage failed; whoever writes the driver has to know.
    throw faults.length === 0 ? failure : telling(failure, `\n\nThe registry logged:\n${faults.join('\n')}`);
  }
}

/** Sends requests, one after the other, to the server at an origin, and checks its replies; gives the obligations that it met. */
export async function playAt(origin: string, steps: readonly Step[], check: Check = () => {}): Promise<string[]> {
  const met: string[] = [];
  let known: Known = { location: '', upload: '' };
  for (const { send: asked, expect } of steps) {
    const sent = { ...asked, path: filledIn(asked.path, known) };
    const reply = await send(origin, sent);
    assertExpected(sent, sent.follow ? await followed(reply) : reply, expect);
    const seen = seenAs(recordedAs(sent, reply));
    const objections = objectionsTo(seen);
    assert.deepEqual(objections, [], `${sent.method} ${sent.path} departs from the table: ${objections.join('; ')}`);
    check(seen, sent);
    met.push(...metBy(seen));
    known = knownFrom(reply, known);
  }
  return met;
}

/** What replies so far have said of where things are. */
interface Known {
  /** The last `Location`. */
  readonly location: string;
  /** The last one of an upload, without its query. */
  readonly upload: string;
}

function filledIn(path: string, { location, upload }: Known): string {
  return path
    .replace('{location}', location)
    .replace('{upload}', upload)
    .replace('{other}', upload.replace(/^.*(?=\/blobs\/uploads\/)/, '/v2/other'));
}

function knownFrom({ headers }: Reply, { location: before, upload }: Known): Known {
  const location = headers.location ?? before;
  return { location, upload: /^.*\/blobs\/uploads\/[^?]+/.exec(location)?.[0] ?? upload };
}
