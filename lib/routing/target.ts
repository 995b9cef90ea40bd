/** Where a request goes, read off its raw target; nothing is taken from `Host`, and no URL parser folds what came. */

/** A request target, cut into its parts. */
export interface Target {
  /** What the host server's mount point adds before the API: nothing, or a path such as `/registry`. */
  readonly mountPath: string;
  /** The path of the API, from `/v2` on, as it came; or whatever path it is. */
  readonly path: string;
  /** As it came, without its question mark. */
  readonly query: string;
}

/**
 * What a server says of a target: Express and its like keep the whole in `originalUrl` and take their mount path off `url`. The
 * host sets both; no header of a client does.
 */
export interface RawTarget {
  readonly url?: string | undefined;
  readonly originalUrl?: string | undefined;
  /** What Express took off; empty where it took off nothing. */
  readonly baseUrl?: string | undefined;
}

/** Finds mount path, path and query. The option `mountPath` overrides what the server says. */
export function locate({ url = '/', originalUrl = url, baseUrl }: RawTarget, mountPath?: string): Target {
  const inner = cut(url);
  const { query } = inner;
  // Nothing was taken off.
  if (mountPath === undefined && originalUrl === url) return { mountPath: '', path: inner.path, query };
  const whole = cut(originalUrl);
  if (mountPath !== undefined) return { ...below(mountPath, afterPrefix(whole.path, mountPath) ?? inner.path), query };
  const found = below(prefixOf(inner.path, whole.path), inner.path);
  // A wildcard in a mount (`/v2/*path`) takes off all that it matches, `/v2` included.
  const isCutOff = !isApi(found.path) && isApi(whole.path) && whole.path.endsWith(inner.path === '/' ? '' : inner.path);
  return isCutOff && baseUrl !== '' ? { mountPath: '', ...whole } : { ...found, query };
}

/** The path of a request as its client sent it, whatever the server took off. */
export function wholePath({ url = '/', originalUrl = url }: RawTarget): string {
  return cut(originalUrl).path;
}

/** Whether a path is the API's. */
export function isApi(path: string): boolean {
  return path === '/v2' || path.startsWith('/v2/');
}

function cut(target: string): { path: string; query: string } {
  const local = target.startsWith('/') ? target : withoutOrigin(target);
  const hash = local.indexOf('#');
  const bare = hash < 0 ? local : local.slice(0, hash);
  const mark = bare.indexOf('?');
  return mark < 0 ? { path: bare, query: '' } : { path: bare.slice(0, mark), query: bare.slice(mark + 1) };
}

/** A proxy's form of a target (RFC 9112 section 3.2.2) names a server, which is believed as little as `Host` is. */
function withoutOrigin(target: string): string {
  const [origin = ''] = /^https?:\/\/[^/?#]*/i.exec(target) ?? [];
  const rest = target.slice(origin.length);
  return origin === '' || rest.startsWith('/') ? rest : `/${rest}`;
}

/** What was taken off. A server that rewrote the path instead is taken at its word. */
function prefixOf(inner: string, whole: string): string {
  if (whole.endsWith(inner)) return whole.slice(0, whole.length - inner.length);
  return inner === '/' && !whole.endsWith('/') ? whole : '';
}

const afterPrefix = (path: string, prefix: string): string | undefined =>
  path === prefix || path.startsWith(`${prefix}/`) ? path.slice(prefix.length) || '/' : undefined;

/** A mount point that ends in `/v2` is the root of the API itself. */
function below(mountPath: string, path: string): { mountPath: string; path: string } {
  if (!mountPath.endsWith('/v2')) return { mountPath: withOneSlash(mountPath), path };
  return { mountPath: withOneSlash(mountPath.slice(0, -'/v2'.length)), path: `/v2${path}` };
}

/** A URL that begins with two slashes, or with what browsers take for them, would lead to another host. */
const withOneSlash = (mountPath: string): string => mountPath.replace(/^[/\\]{2,}/, '/');
