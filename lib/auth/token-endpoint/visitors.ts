/** Counts requests for tokens, so that passwords are not guessed at any speed: by the address of the client, as the registry does. */
import type { Throttle, Visit } from '../../access/throttle.ts';
import { callable, oneOf } from '../../checks/check.ts';
import type { OptionRules } from '../../checks/options.ts';
import { type HeaderGetter, originOf } from '../../doors/origin.ts';
import { type ForwardedHeaders, type TrustProxy, trustOf, wrongTrust } from '../../doors/trust.ts';

/** How the clients of a token service are counted. */
export interface VisitorOptions {
  /**
   * Refuses clients that ask too often with 429: what `throttle` of `stowage/throttle` makes. It counts each request by the address of its
   * client, before a password is checked, and no subjects: who guesses locks nobody else out. The one of the registry counts both
   * together. Default: none is refused.
   */
  readonly throttle?: Throttle | undefined;
  /** The proxies that are believed who a client is, as `trustProxy` of the registry names them. Default: false, and no such header is read. */
  readonly trustProxy?: TrustProxy | undefined;
  /** Which headers those proxies set, as with the registry. Default: `'x-forwarded'`. */
  readonly forwardedHeaders?: ForwardedHeaders | undefined;
}

/** The rules of {@link VisitorOptions}. */
export const visitorOptions = {
  throttle: { check: callable },
  trustProxy: { check: wrongTrust, default: false },
  forwardedHeaders: { check: oneOf('x-forwarded', 'forwarded'), default: 'x-forwarded' },
} as const satisfies OptionRules<VisitorOptions>;

/** What a door knows of a request before anything of it is read. */
export interface Visitor {
  readonly header: HeaderGetter;
  /** Where its connection comes from; undefined where the host does not say. */
  readonly peer: string | undefined;
  /** The request as the host sees it. */
  readonly request: unknown;
}

/** Counts a request; undefined where nothing counts them. Throws the refusal of one that is too many, and what is wrong with the host's functions. */
export function doorkeeper({
  throttle,
  trustProxy,
  forwardedHeaders,
}: VisitorOptions & { readonly trustProxy: TrustProxy; readonly forwardedHeaders: ForwardedHeaders }): (
  visitor: Visitor,
) => Visit | undefined {
  if (!throttle) return () => undefined;
  const believed = { trust: trustOf(trustProxy), forwardedHeaders, advise: adviceOfRegistry };
  return ({ header, peer, request }) => {
    const { remoteAddress, flaw } = originOf(header, peer, believed);
    if (flaw) throw flaw.cause;
    return throttle({ remoteAddress, request });
  };
}

/** Whom the headers of a proxy contradict one another for, the registry behind the same proxy tells its logger. */
const adviceOfRegistry = (): void => {};
