/** Opens the logins of `stowage serve`: who may do what, and where tokens are given. */
import cluster from 'node:cluster';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { PrivateKey, Rule, TokenEndpointOptions } from '../auth/index.ts';
import { type Authorize, isRegistryError, type Logger } from '../index.ts';
import { usesTokens } from './logins.ts';
import type { ServeArguments } from './parse-arguments.ts';
import { pathOf } from './path-of.ts';
import { realmFor } from './realm.ts';
import { standing } from './standing-fault.ts';
import { configured, needed } from './start-error.ts';
import type { Variables } from './variables.ts';

/** Logins, as a server uses them. */
export interface Logins {
  readonly authorize: Authorize;
  /** Answers a request for a token; undefined for any other. */
  answer(request: IncomingMessage, response: ServerResponse): Promise<void> | undefined;
  /** The variables by which workers have the same key. */
  readonly forWorkers: Readonly<Record<string, string>>;
}

/** A worker that is started later has the key of the others, whatever the file of the key holds by then. */
const keyVariable = 'STOWAGE_KEY_OF_WORKERS';

/** The issuer of tokens and the service that they are for: this registry is both. */
const who = { issuer: 'stowage', service: 'stowage' };

/** What somebody may do who logged in, and what everybody may where that is asked for. */
const mayAll: Rule = { subjects: '**', repositories: '**', actions: ['pull', 'push', 'delete'] };
const mayPull: Rule = { anyone: true, repositories: '**', actions: ['pull'] };

/**
 * Opens the logins that were asked for, if some were. Throws a `StartError` where the file of names or the key cannot be used, or a
 * package that they need is not installed. A worker does not look: it must start in the place of another also while the file is being
 * changed.
 */
export async function openLogins(
  { logins: asked, tls, options, configFile }: ServeArguments,
  variables: Variables,
  logger: Logger,
): Promise<Logins | undefined> {
  if (!asked) return undefined;
  // Imported on demand: without logins, serving does not wait for it.
  const { basic, bearer, htpasswd, rules, tokenEndpoint } = await import('../auth/index.ts');
  const ofFile = htpasswd(asked.htpasswd);
  // Nobody has the empty name: the file is read, and a hash of it computed.
  if (cluster.isPrimary) await needed('use the file of --htpasswd', () => ofFile('', ''));
  const verify = standing('logins cannot be checked, and nobody can log in', ofFile);
  const policy = rules(asked.anonymousPull ? [mayAll, mayPull] : [mayAll]);
  if (!usesTokens(asked)) return { authorize: basic({ verify, policy }), answer: () => undefined, forWorkers: {} };
  const key = await keyFor(asked.tokenKey, variables);
  // Refresh tokens lie in the memory of one process: a restart, or another worker, would refuse what a login has stored.
  const service = { ...who, key, verify, policy, refreshTokens: false } as const;
  if (cluster.isPrimary) await tryKey(asked.tokenKey, service);
  const { mountPath = '', publicUrl, cors, throttle, trustProxy, forwardedHeaders, logger: teller = logger } = options ?? {};
  const ofConfiguration = {
    origins: cors?.origins,
    credentials: cors?.credentials,
    throttle,
    trustProxy,
    forwardedHeaders,
    onError: (err: unknown) => {
      if (!isRegistryError(err)) teller.error({ err }, 'no token could be given');
    },
  };
  const tokens = configured(configFile, () => tokenEndpoint({ ...service, ...ofConfiguration }));
  const path = `${mountPath}/token`;
  return {
    authorize: bearer({ ...who, realm: realmFor({ publicUrl, isSecure: tls !== undefined }), keys: tokens.keys }),
    answer: (request, response) => (pathOf(request.url) === path ? tokens(request, response) : undefined),
    forWorkers: { [keyVariable]: JSON.stringify(key) },
  };
}

/** The key of the workers, that in a file, or a new one. */
async function keyFor(file: string | undefined, variables: Variables): Promise<PrivateKey> {
  const handed = cluster.isWorker ? variables[keyVariable] : undefined;
  if (handed !== undefined) return JSON.parse(handed);
  if (file !== undefined) return needed('read the file of --token-key', async () => parseKey(await readFile(file, 'utf8')));
  const { tokenKey } = await import('../auth/index.ts');
  return tokenKey();
}

/** What it holds is checked by who uses it. An error of JSON would quote what is secret. */
function parseKey(text: string): PrivateKey {
  try {
    return JSON.parse(text);
  } catch {
    throw new TypeError("it is not JSON; 'stowage token-key' makes a key");
  }
}

/** Has a token signed. Throws a `StartError` where the key is none, or the package that signs is not installed. */
async function tryKey(file: string | undefined, service: TokenEndpointOptions): Promise<void> {
  const { tokenEndpoint } = await import('../auth/index.ts');
  const what = file === undefined ? 'give tokens' : 'give tokens with the key of --token-key';
  await needed(what, async () => {
    const faults: unknown[] = [];
    const tokens = tokenEndpoint({ ...service, onError: (error) => void faults.push(error) });
    await tokens.fetch(new Request('http://stowage/token'));
    if (faults.length > 0) throw faults[0];
  });
}
