/** Plays exchanges over real connections, and holds every reply on the way against its row of the table. */
import assert from 'node:assert/strict';
import { metBy, objectionsTo, type Seen } from '../../coverage/judge.ts';
import { seenAs } from '../../coverage/seen.ts';
import type { Driver, Logger, RegistryOptions } from '../../index.ts';
import { errorChain, withMessage } from '../error-text.ts';
import type { Exchange, Sent, Step } from '../exchanges/exchange.ts';
import { assertExpected } from './assert-reply.ts';
import { record } from './record.ts';
import { followRedirect, type Reply, send } from './send.ts';
import { withServer } from './serve.ts';

/** A check of a reply beyond what the exchange and the table ask for. It throws if something is wrong. */
export type Check = (seen: Seen, sent: Sent) => void;

/** Sends a request, and gives its reply. */
export type Send = (sent: Sent) => Promise<Reply>;

/** Serves a driver while `use` runs with what sends requests to it. */
export type Serving = <T>(driver: Driver, options: RegistryOptions, use: (send: Send) => Promise<T>) => Promise<T>;

const overSockets: Serving = (driver, options, use) => withServer(driver, options, (origin) => use((sent) => send(origin, sent)));

/**
 * Plays an exchange on a registry over an empty driver, on a server of `node:http` unless it is served otherwise; gives the
 * obligations of the table that it met. Rejects at the first step that fails. The message names the step, and ends with what the
 * registry logged.
 */
export async function play(
  { options, over, steps }: Exchange,
  driver: Driver,
  check?: Check,
  serving: Serving = overSockets,
): Promise<string[]> {
  const logged: string[] = [];
  const error = (details: object, message: string): void => {
    logged.push(`${message}: ${'err' in details ? errorChain(details.err) : ''}`);
  };
  const logger: Logger = { error, warn: () => {} };
  try {
    return await serving(over?.(driver) ?? driver, { logger, ...options }, (ask) => playSteps(ask, steps, check));
  } catch (failure) {
    // A reply does not tell a client how the storage failed; the log does, for the author of the driver.
    if (logged.length === 0) throw failure;
    throw withMessage(failure, (message) => `${message}\n\nThe registry logged:\n${logged.join('\n')}`);
  }
}

/**
 * Sends the requests of steps one after the other to the server at an origin, and checks the replies; gives the obligations that
 * they met. Rejects at the first step that fails: `step 3 of 5: PUT … answered …`.
 */
export function playAt(origin: string, steps: readonly Step[], check?: Check): Promise<string[]> {
  return playSteps((sent) => send(origin, sent), steps, check);
}

async function playSteps(ask: Send, steps: readonly Step[], check: Check = () => {}): Promise<string[]> {
  const met: string[] = [];
  let locations: Locations = { location: '', upload: '' };
  for (const [index, step] of steps.entries()) {
    try {
      const { reply, obligations } = await playStep(ask, step, locations, check);
      met.push(...obligations);
      locations = locationsAfter(reply, locations);
    } catch (failure) {
      throw withMessage(failure, (message) => `step ${index + 1} of ${steps.length}: ${message}`);
    }
  }
  return met;
}

interface Played {
  readonly reply: Reply;
  /** The obligations that the reply met. */
  readonly obligations: readonly string[];
}

async function playStep(ask: Send, { send: asked, expect }: Step, locations: Locations, check: Check): Promise<Played> {
  const sent = { ...asked, path: fillIn(asked.path, locations) };
  const reply = await ask(sent);
  assertExpected(sent, sent.follow ? await followRedirect(reply) : reply, expect);
  const seen = seenAs(record(sent, reply));
  const objections = objectionsTo(seen);
  assert.deepEqual(objections, [], `${sent.method} ${sent.path} departs from the table: ${objections.join('; ')}`);
  check(seen, sent);
  return { reply, obligations: metBy(seen) };
}

/** The URLs that the replies so far have given, for the placeholders of later paths. */
interface Locations {
  /** The last `Location`. */
  readonly location: string;
  /** The last `Location` of an upload, without its query. */
  readonly upload: string;
}

function fillIn(path: string, { location, upload }: Locations): string {
  return path
    .replace('{location}', location)
    .replace('{upload}', upload)
    .replace('{other}', upload.replace(/^.*(?=\/blobs\/uploads\/)/, '/v2/other'));
}

function locationsAfter({ headers }: Reply, { location: before, upload }: Locations): Locations {
  const location = headers.location ?? before;
  return { location, upload: /^.*\/blobs\/uploads\/[^?]+/.exec(location)?.[0] ?? upload };
}
