/** A repository of a registry, over HTTP or in this process. */
import { readRepositoryName } from '../../api/formats.ts';
import { callable, matching, text } from '../../checks/check.ts';
import { membersOf, type OptionRules, parseOptions } from '../../checks/options.ts';
import { createFetchHandler } from '../../doors/fetch/handler.ts';
import type { Driver } from '../../driver.ts';
import type { Openable, Place } from '../place.ts';
import type { Credentials } from './authorization.ts';
import { type Fetch, RegistryClient } from './client.ts';
import { RegistryDestination } from './destination.ts';
import { RegistrySource } from './source.ts';

export type { Credentials } from './authorization.ts';

/** How a registry is asked. */
export interface RegistryPlaceOptions {
  /** Who asks. They go to the registry itself, and to the token service that it names, which has to be https, its own host or this machine. Default: nobody. */
  readonly credentials?: Credentials | undefined;
  /** Sends the requests. A registry as a function, as `createFetchHandler` gives it, is asked without any network. Default: the `fetch` of the process. */
  readonly fetch?: ((request: Request) => Promise<Response>) | undefined;
}

/** A check whose words do not repeat the value, which may be secret. */
const credentials = (value: unknown): string | undefined =>
  membersOf<Credentials>({
    username: { check: matching(/^[^:\p{Cc}]+$/u, 'be a name without colons'), required: true },
    password: { check: (given) => (text(given) === undefined ? undefined : 'must be text'), required: true },
  })(value);

const rules: OptionRules<RegistryPlaceOptions> = {
  credentials: { check: credentials },
  fetch: { check: callable },
};

/** What is wrong with a URL. It is not repeated: a password may be in it. */
const wrongUrl = (value: unknown): string | undefined =>
  typeof value === 'string' && repositoryIn(value) !== undefined
    ? undefined
    : "must be the URL of a repository, such as 'https://registry.example.com/team/app', without a tag and without a password";

/** What is known under one name and listens under another. */
const hosts = new Map([
  ['docker.io', 'registry-1.docker.io'],
  ['index.docker.io', 'registry-1.docker.io'],
]);

/**
 * A repository of a registry, by its URL: `https://`, or `http://`, where everything is sent in plain text.
 *
 * @throws {TypeError} that lists everything that is wrong with the URL and the options
 * @example
 * import { registry } from 'stowage/transfer';
 *
 * registry('https://registry.example.com/team/app').name; // => 'registry.example.com/team/app'
 */
export function registry(given: string, options: RegistryPlaceOptions = {}): Place {
  const wrong = wrongUrl(given);
  const { credentials, fetch: send = fetch } = parseOptions(
    'registry',
    options,
    rules,
    wrong === undefined ? [] : [`the URL ${wrong}`],
  );
  const { origin, repository } = repositoryIn(given) ?? { origin: new URL(given), repository: '' };
  return placeAt(`${new URL(given).host}/${repository}`, origin, repository, send, credentials, false);
}

/**
 * A repository of a storage. What is written to it goes through a registry in this process, so that every check of a registry holds, and
 * the driver stays open. For a registry with options of its own, such as hooks, give its handler to {@link registry} as `fetch`.
 *
 * @throws {TypeError} for what is no driver, and a name that no repository has
 * @example
 * import { memoryDriver } from 'stowage/drivers/memory';
 * import { storage } from 'stowage/transfer';
 *
 * storage(memoryDriver(), 'team/app').name; // => 'team/app'
 */
export function storage(driver: Driver, repository: string): Place {
  if (readRepositoryName(repository) === undefined)
    throw new TypeError(`storage: "${repository}" is no name of a repository, such as team/app`);
  // What others have begun to upload is not this one's to expire.
  const handler = createFetchHandler(driver, { uploadExpiry: false });
  return placeAt(repository, new URL('http://storage'), repository, handler, undefined, true);
}

/** Where a repository is asked for, and its name there; undefined for a URL that is not that of one. */
function repositoryIn(given: string): { readonly origin: URL; readonly repository: string } | undefined {
  if (!URL.canParse(given)) return undefined;
  const { protocol, hostname, port, host, pathname, search, hash, username, password } = new URL(given);
  const repository = readRepositoryName(pathname.slice(1));
  if (!/^https?:$/.test(protocol) || search + hash + username + password !== '' || repository === undefined) return undefined;
  const known = port === '' ? hosts.get(hostname) : undefined;
  return { origin: new URL(`${protocol}//${known ?? host}`), repository };
}

function placeAt(
  name: string,
  origin: URL,
  repository: string,
  fetch: Fetch,
  credentials: Credentials | undefined,
  takesWholeBlobs: boolean,
): Place {
  const place: Openable = {
    name,
    openSource: async (signal) =>
      new RegistrySource(
        name,
        repository,
        new RegistryClient({ fetch, origin, repository, credentials, actions: 'pull', signal }),
      ),
    openDestination: async (signal) =>
      new RegistryDestination(
        name,
        repository,
        new RegistryClient({ fetch, origin, repository, credentials, actions: 'pull,push', signal }),
        takesWholeBlobs,
      ),
  };
  return place;
}
