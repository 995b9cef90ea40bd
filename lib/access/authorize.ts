/** What `authorize` is asked, and what it answers. Types only. */
import type { Digest, RepositoryName, Tag } from '../api/formats.ts';
import type { Operation } from '../api/infer.ts';

/** What can be done to a repository. */
export type Action = 'pull' | 'push' | 'delete';

/** What becomes of tags: they are set where there were none, pointed at another manifest, or deleted. */
export type TagChange = 'create' | 'update' | 'delete';

/** What a request needs on one repository. A push asks for `pull` and `push`. */
export interface RepositoryNeed {
  readonly catalog?: undefined;
  readonly repository: RepositoryName;
  readonly actions: readonly Action[];
  /** The tags that the request names, in its path or its query; with `change`, those that would be changed. */
  readonly tags?: readonly Tag[];
  /**
   * The digest that the request names in its path; none where it names a blob by its tarsum. With `change`, that of the manifest at which
   * tags would point, or which takes its tags along.
   */
  readonly digest?: Digest;
  /**
   * What would become of the tags. `may` is asked with it beside the needs of the request:
   *
   * - before a push sets tags, whether it may create them and whether it may update them: both at first, so that what is there is
   *   looked up only where the answers differ or are no; then about those that are really created or updated. One that points at
   *   the manifest already does not change.
   * - before a manifest is deleted by its digest, without `tags`: whether it may take any tag along. Where the answer is no, about those that it
   *   does take along, if there are some. Where too many would have to be looked at, the first answer stays.
   *
   * The deletion of a tag by its name has it from the beginning.
   */
  readonly change?: TagChange;
}

/** What a request needs: something on a repository, or the catalog, whose entries are then asked for one by one. */
export type Need =
  | RepositoryNeed
  | ({ readonly catalog: true } & { readonly [Name in Exclude<keyof RepositoryNeed, 'catalog'>]?: undefined });

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
  /**
   * What URLs begin with for this client, as proxies that `trustProxy` names and the mount say: `https://host/path`, `/path` or
   * nothing. The option `publicUrl` is not in it.
   */
  readonly baseUrl: string;
  /** The request as the host sees it: an `IncomingMessage` of `node:http`, or the `Request` of a host that speaks fetch. */
  readonly request: unknown;
  /**
   * Aborted when no answer is waited for any longer: the client has left, the registry closes, or an answer took longer than the option
   * `timeouts.authorize` lets it. To be passed on to what may take long: `fetch(policy, { signal: ask.signal })`.
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
   * one that is known 403.
   */
  readonly challenges?: readonly string[] | undefined;
  /**
   * Whether a client that is not known is let in at the base route, `/v2/`, although there are challenges. Most clients learn there
   * whether to log in, and how. Default: false. Anonymous tokens say `true`, as who has one has asked already.
   */
  readonly mayProbe?: boolean | undefined;
}

/**
 * Decides about each request, after it was parsed and before anything is looked up. It is asked once for each request.
 * A RegistryError that it throws (`TOOMANYREQUESTS`, say) becomes the reply; anything else it throws, a permit that is
 * none, and no answer in time, is logged and answered with 503. To have a client log in, give a permit with challenges.
 */
export type Authorize = (ask: Ask, credentials: Credentials) => Permit | Promise<Permit>;
