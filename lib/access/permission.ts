/** Asks `authorize` what the table says that a request needs. */
import type { Access } from '../api/descriptor.ts';
import { isRegistryError, RegistryError } from '../api/errors.ts';
import { type Digest, formats, isDigest, type RepositoryName, readDigest, type Tag } from '../api/formats.ts';
import type { Operation } from '../api/infer.ts';
import { type QueryDescriptor, queryParameters } from '../api/parameters.ts';
import type { Parsed } from '../routing/parse.ts';
import type { Authorize, Need, Permit, RepositoryNeed } from './authorize.ts';
import { readCredentials } from './credentials.ts';

/** What is known of a client beside its request. */
export interface Client {
  /** The `Authorization` header. */
  readonly authorization: string | undefined;
  readonly remoteAddress: string | undefined;
  /** The host server's own request. */
  readonly request: unknown;
}

/** Whether the client of one request may do something. */
export type May = (need: Need) => Promise<boolean>;

const actions: Readonly<Record<Exclude<Access, 'none' | 'catalog'>, RepositoryNeed['actions']>> = {
  pull: ['pull'],
  push: ['pull', 'push'],
  delete: ['delete'],
};

/**
 * Passes if all that the request needs is granted, and gives what to ask further questions with. Throws 401
 * `UNAUTHORIZED` or 403 `DENIED` where it is not, and 503 `UNAVAILABLE` where `authorize` failed: nobody is let in
 * because a check broke.
 */
export async function admit(authorize: Authorize | undefined, parsed: Parsed, client: Client): Promise<May> {
  if (!authorize) return async () => true;
  const needs = needsOf(parsed);
  const operation = parsed.request.operation as Operation;
  const ask = { operation, needs, head: parsed.head, remoteAddress: client.remoteAddress, request: client.request };
  const permit = await answer(async () => checked(await authorize(ask, readCredentials(client.authorization))));
  // Only true is a yes: a policy that answers with a row or a reason has not granted anything.
  const may: May = async (need) => (await answer(() => permit.may(need))) === true;
  const probed = needs.length === 0 && permit.subject === undefined && (permit.challenges?.length ?? 0) > 0;
  if (probed || !(await allOf(needs, may))) throw refused(permit);
  return may;
}

/** Whether all of it is granted. */
export async function allOf(needs: readonly Need[], may: May): Promise<boolean> {
  for (const need of needs) if (!(await may(need))) return false;
  return true;
}

/** What a request wants and can do without: repositories that its query names. */
export function wantsOf({ query }: Parsed): Need[] {
  return Object.entries(query).flatMap(([name, value]) => {
    const { access }: QueryDescriptor = queryParameters[name as keyof typeof queryParameters];
    return access ? [{ repository: value as RepositoryName, actions: actions[access] }] : [];
  });
}

function needsOf({ method: { access }, path, query }: Parsed): Need[] {
  if (access === 'none') return [];
  if (access === 'catalog') return [{ catalog: true }];
  const tags = [...tagsIn(path.reference), ...tagsIn(query.tag)];
  const digest = digestIn(path.digest) ?? digestIn(path.reference);
  const named = { ...(tags.length > 0 && { tags }), ...(digest !== undefined && { digest }) };
  return [{ repository: path.name as RepositoryName, actions: actions[access], ...named }];
}

/** The tags that a parsed parameter holds: one, several or none. */
function tagsIn(value: unknown): Tag[] {
  const values = Array.isArray(value) ? value : [value];
  return values.filter((each): each is Tag => typeof each === 'string' && !isDigest(each as Tag | Digest));
}

/** The digest that a parsed path parameter holds, if it is one: a tarsum is not. */
function digestIn(value: unknown): Digest | undefined {
  return typeof value === 'string' ? readDigest(value) : undefined;
}

/** The answer of the host's code; a failure of it is a 503, unless it is an error that the host wants to be sent. */
async function answer<T>(ask: () => T | Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (cause) {
    if (isRegistryError(cause)) throw cause;
    throw new RegistryError('UNAVAILABLE', { message: 'access could not be checked', cause });
  }
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
  if (subject !== undefined || challenges.length === 0) return new RegistryError('DENIED');
  return new RegistryError('UNAUTHORIZED', { headers: { 'WWW-Authenticate': challenges } });
}
