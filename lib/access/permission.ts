/** Asks `authorize` what the table says that a request needs. Loaded where there is one to ask. */
import { RegistryError } from '../api/errors.ts';
import { formats, isDigest, isTarsum } from '../api/formats.ts';
import type { Access } from '../api/row-shapes.ts';
import type { Parsed } from '../routing/parse.ts';
import { Asking, type Waiting } from './asking.ts';
import type { Ask, Authorize, Need, Permit, RepositoryNeed } from './authorize.ts';
import { readCredentials } from './credentials.ts';

/** What is known of a client beside its request. */
export interface Client extends Waiting {
  /** The `Authorization` header. */
  readonly authorization: string | undefined;
  readonly remoteAddress: string | undefined;
  /** What URLs begin with for this client. */
  readonly baseUrl: string;
  /** The host server's own request. */
  readonly request: unknown;
}

/** What a refusal says beside its code. */
export interface Words {
  readonly message: string;
  readonly detail: object;
}

/** Whether the client of one request may do something. */
export type May = (need: Need) => Promise<boolean>;

interface Asker {
  /** Who the client is, as its permit says; undefined for a client that is not known. */
  readonly subject: string | undefined;
}

interface Refused extends Asker {
  readonly refusal: RegistryError;
}

/** What a client that is let in may be asked about further. */
export interface LetIn extends Asker {
  readonly refusal?: undefined;
  /** Whether the client may do this. What the table says that the request needs was asked already. */
  readonly may: May;
  /** The refusal of what `may` does not grant; clients that are known are told the words. */
  denied(words?: Words): RegistryError;
  /** Whether it may use what the query names (the source of a mount). Otherwise it counts as the next use case of its method. */
  readonly hasWants: boolean;
}

/** What `authorize` decided of a request. Only a request that is let in has a `may`, so that the compiler asks for the refusal. */
export type Admission = Refused | LetIn;

/** Who is asked, and for how many milliseconds an answer is waited for; 0 is for ever. */
export interface Asked {
  readonly authorize: Authorize;
  readonly timeoutMs: number;
}

const actions: Readonly<Record<Exclude<Access, 'none' | 'catalog'>, RepositoryNeed['actions']>> = {
  pull: ['pull'],
  push: ['pull', 'push'],
  delete: ['delete'],
};

/**
 * Lets a request in if all that it needs is granted, and gives what to ask further questions with. The refusal is 401
 * `UNAUTHORIZED` or 403 `DENIED`. Throws 503 `UNAVAILABLE` if `authorize` failed, or took too long: no client is let in because a
 * check broke.
 */
export async function admit({ authorize, timeoutMs }: Asked, parsed: Parsed, head: boolean, client: Client): Promise<Admission> {
  const needs = needsOf(parsed);
  const { remoteAddress, baseUrl, request } = client;
  const asking = new Asking(client, timeoutMs);
  const ask: Ask = {
    operation: parsed.row.operation,
    needs,
    head,
    remoteAddress,
    baseUrl,
    request,
    get signal() {
      return asking.signal;
    },
  };
  const given = await asking.answer('authorize', () => authorize(ask, readCredentials(client.authorization)));
  const permit = await asking.answer('authorize', () => checked(given));
  // Only true is a yes: a policy that answers with a row or a reason has not granted anything.
  const may: May = async (need) => (await asking.answer('may', () => permit.may(need))) === true;
  const { subject, challenges = [], mayProbe } = permit;
  const isProbe = needs.length === 0 && subject === undefined;
  const isLetIn = isProbe ? challenges.length === 0 || mayProbe === true : await allOf(needs, may);
  if (!isLetIn) return { subject, refusal: refused(permit, needs.map(wordsOf).find(Boolean)) };
  return { subject, may, denied: (words) => refused(permit, words), hasWants: await allOf(wantsOf(parsed), may) };
}

/** The repositories that the query names. */
function wantsOf({ row, query }: Parsed): Need[] {
  return row.wants.flatMap(({ name, access }): Need[] => {
    const repository = query[name];
    return repository === undefined || repository === null ? [] : [{ repository, actions: actions[access] }];
  });
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
  const change = tags.length > 0 && access === 'delete' && 'delete';
  const digest =
    named !== undefined && !isTarsum(named) ? named : reference !== undefined && isDigest(reference) ? reference : undefined;
  return [
    {
      repository,
      actions: actions[access],
      ...(tags.length > 0 && { tags }),
      ...(digest !== undefined && { digest }),
      ...(change && { change }),
    },
  ];
}

/** What is said of a change that is refused: no more than the client has said itself, whether or not there is such a tag. */
function wordsOf({ change, tags = [] }: Need): Words | undefined {
  return change && { message: `you may not ${change} the tag ${tags.join(', ')}`, detail: { change, tags } };
}

const isChallenge = new RegExp(formats.challenge.pattern);

/** A permit that can be used. Throws a TypeError for anything else that the host's code gave. */
function checked(permit: Permit): Permit {
  if (typeof permit?.may !== 'function') throw new TypeError('authorize must give a permit, an object with a function may');
  const malformed = permit.challenges?.find((challenge) => !isChallenge.test(challenge));
  if (malformed === undefined) return permit;
  throw new TypeError(`authorize gave a challenge that no header can carry: ${JSON.stringify(malformed)}`);
}

function refused({ subject, challenges = [] }: Permit, words?: Words): RegistryError {
  if (subject !== undefined || challenges.length === 0)
    return new RegistryError('DENIED', { ...words, detail: { reason: 'access', ...words?.detail } });
  return new RegistryError('UNAUTHORIZED', { headers: { 'WWW-Authenticate': challenges } });
}
