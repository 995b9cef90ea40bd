/** Asks `authorize` what the table says that a request needs. */
import { isRegistryError, RegistryError } from '../api/errors.ts';
import { formats, isDigest, isTarsum } from '../api/formats.ts';
import type { Access } from '../api/row-shapes.ts';
import type { Parsed } from '../routing/parse.ts';
import type { Ask, Authorize, Need, Permit, RepositoryNeed } from './authorize.ts';
import { readCredentials } from './credentials.ts';

/** What is known of a client beside its request. */
export interface Client {
  /** The `Authorization` header. */
  readonly authorization: string | undefined;
  readonly remoteAddress: string | undefined;
  /** The host server's own request. */
  readonly request: unknown;
  /** Aborted when the reply is not needed any longer. Made when it is first asked for. */
  readonly signal: AbortSignal;
  /** Waits for what may never come. Rejects when the reply is not needed any longer. */
  wait<T>(work: PromiseLike<T>): Promise<T>;
}

/** Whether the client of one request may do something. */
export type May = (need: Need) => Promise<boolean>;

/** What `authorize` decided of a request. Only a request that is let in has a `may`, so that the compiler asks for the refusal. */
export type Admission = {
  /** Who the client is, as its permit says; undefined for a client that is not known. */
  readonly subject: string | undefined;
} & ({ readonly refusal: RegistryError; readonly may?: undefined } | { readonly refusal?: undefined; readonly may: May });

/** Where no `authorize` is given, everybody may do everything. */
export const everybody: Admission = { subject: undefined, may: async () => true };

const actions: Readonly<Record<Exclude<Access, 'none' | 'catalog'>, RepositoryNeed['actions']>> = {
  pull: ['pull'],
  push: ['pull', 'push'],
  delete: ['delete'],
};

/**
 * Lets a request in if all that it needs is granted, and gives what to ask further questions with. The refusal is 401
 * `UNAUTHORIZED` or 403 `DENIED`. Throws 503 `UNAVAILABLE` if `authorize` failed: no client is let in because a check broke.
 */
export async function admit(authorize: Authorize, parsed: Parsed, head: boolean, client: Client): Promise<Admission> {
  const needs = needsOf(parsed);
  const { remoteAddress, request } = client;
  const ask: Ask = {
    operation: parsed.row.operation,
    needs,
    head,
    remoteAddress,
    request,
    get signal() {
      return client.signal;
    },
  };
  const given = await answer(() => authorize(ask, readCredentials(client.authorization)), client);
  const permit = await answer(() => checked(given), client);
  // Only true is a yes: a policy that answers with a row or a reason has not granted anything.
  const may: May = async (need) => (await answer(() => permit.may(need), client)) === true;
  const probed = needs.length === 0 && permit.subject === undefined && (permit.challenges?.length ?? 0) > 0;
  const { subject } = permit;
  return probed || !(await allOf(needs, may)) ? { subject, refusal: refused(permit) } : { subject, may };
}

/**
 * Asks about each repository that the query names (the source of a mount). A refusal does not refuse the request: it counts as
 * the next use case of its method.
 */
export function mayHaveWants({ row, query }: Parsed, may: May): Promise<boolean> {
  const wants = row.wants.flatMap(({ name, access }): Need[] => {
    const repository = query[name];
    return repository === undefined || repository === null ? [] : [{ repository, actions: actions[access] }];
  });
  return allOf(wants, may);
}

async function allOf(needs: readonly Need[], may: May): Promise<boolean> {
  for (const need of needs) if (!(await may(need))) return false;
  return true;
}

function needsOf({ row, path, query }: Parsed): Need[] {
  const { access } = row.method;
  if (access === 'none') return [];
  if (access === 'catalog') return [{ catalog: true }];
  const { name: repository, reference, digest: named } = path;
  if (repository === undefined) throw new TypeError(`the route ${row.route.name} names no repository to ask for`);
  const tag = reference !== undefined && !isDigest(reference) ? [reference] : [];
  const tags = [...tag, ...(query.tag ?? [])];
  // A tarsum is no digest.
  const digest =
    named !== undefined && !isTarsum(named) ? named : reference !== undefined && isDigest(reference) ? reference : undefined;
  return [{ repository, actions: actions[access], ...(tags.length > 0 && { tags }), ...(digest !== undefined && { digest }) }];
}

/** The answer of the host's code; a failure of it is a 503, unless it is an error that the host wants to be sent. */
async function answer<T>(ask: () => T | PromiseLike<T>, client: Client): Promise<T> {
  try {
    const given = ask();
    return await (isPromise(given) ? client.wait(given) : given);
  } catch (cause) {
    if (isRegistryError(cause)) throw cause;
    throw new RegistryError('UNAVAILABLE', { message: 'access could not be checked', cause });
  }
}

function isPromise<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

const isChallenge = new RegExp(formats.challenge.pattern);

/** A permit that can be used. Throws a TypeError for anything else that the host's code gave. */
function checked(permit: Permit): Permit {
  if (typeof permit?.may !== 'function') throw new TypeError('authorize must give a permit, an object with a function may');
  const malformed = permit.challenges?.find((challenge) => !isChallenge.test(challenge));
  if (malformed === undefined) return permit;
  throw new TypeError(`authorize gave a challenge that no header can carry: ${JSON.stringify(malformed)}`);
}

function refused({ subject, challenges = [] }: Permit): RegistryError {
  if (subject !== undefined || challenges.length === 0) return new RegistryError('DENIED', { detail: { reason: 'access' } });
  return new RegistryError('UNAUTHORIZED', { headers: { 'WWW-Authenticate': challenges } });
}
