/** What `authorize` is asked, and what it answers. Types only. */
import type { Digest, RepositoryName, Tag } from '../api/formats.ts';
import type { Operation } from '../api/infer.ts';

/** What can be done to a repository. */
export type Action = 'pull' | 'push' | 'delete';

/** What a request needs on one repository. A push asks for `pull` and `push`. */
export interface RepositoryNeed {
  readonly catalog?: undefined;
  readonly repository: RepositoryName;
  readonly actions: readonly Action[];
  /** The tags that the request names, in its path or its query. */
  readonly tags?: readonly Tag[];
  /** The digest that the request names in its path; none where it names a blob by its tarsum. */
  readonly digest?: Digest;
}

/** What a request needs: something on a repository, or the catalog, whose entries are then asked for one by one. */
export type Need = RepositoryNeed | { readonly catalog: true; readonly repository?: undefined; readonly actions?: undefined };

/** One question: may this request be served? */
export interface Ask {
  readonly operation: Operation;
  /**
   * All of them have to be granted. Empty for the base route, with which clients probe their logins. `may` is asked for
   * more than these: they say what the request is about, not all that it may touch.
   */
  readonly needs: readonly Need[];
  /** Whether the request is a HEAD. */
  readonly head: boolean;
  /**
   * The address of the client: that of the connection, or what trusted proxies say of it. Undefined where it is not known, as
   * where they contradict themselves: decide that as you would for the worst address. On a server that listens
   * on `::`, one of IPv4 has the form `::ffff:127.0.0.1`.
   */
  readonly remoteAddress: string | undefined;
  /** The request as the host sees it: an `IncomingMessage` of `node:http`, or the `Request` of a host that speaks fetch. */
  readonly request: unknown;
  /**
   * Aborted when the reply is not needed any longer: the client has left, or the registry closes. To be passed on to what may
   * take long: `fetch(policy, { signal: ask.signal })`. The registry itself does not wait for an answer after that.
   */
  readonly signal: AbortSignal;
}

/** What the `Authorization` header holds. */
export type Credentials =
  | { readonly scheme: 'none' }
  | { readonly scheme: 'basic'; readonly username: string; readonly password: string }
  | { readonly scheme: 'bearer'; readonly token: string }
  | { readonly scheme: 'other'; readonly value: string };

/** What a client may do, for the length of one request. */
export interface Permit {
  /** Who the client is; absent for a client that is not known. */
  readonly subject?: string | undefined;
  /**
   * The decision itself; only `true` grants. It is called for each of the needs, and for repositories that are not among
   * them: the source of a mount, and every entry of the catalog, up to 32 of which are asked for at a time, some beyond
   * the page. Decide here, not before.
   */
  may(need: Need): boolean | Promise<boolean>;
  /**
   * How to authenticate: values of `WWW-Authenticate`. A refused client that is not known is answered 401 with them,
   * one that is known 403. A request that needs nothing is refused to an unknown client exactly if there are any.
   */
  readonly challenges?: readonly string[] | undefined;
}

/**
 * Decides about each request, after it was parsed and before anything is looked up. It is asked once for each request.
 * A RegistryError that it throws (`TOOMANYREQUESTS`, say) becomes the reply; anything else it throws, and a permit that is
 * none, is logged and answered with 503. To have a client log in, give a permit with challenges.
 */
export type Authorize = (ask: Ask, credentials: Credentials) => Permit | Promise<Permit>;
