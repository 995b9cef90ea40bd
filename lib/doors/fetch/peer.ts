/** The address of a client, in what hosts hand over beside a request. */

/** Ours; that of `Deno.serve`; and the server of `Bun.serve`, which is asked for it. */
interface Known {
  readonly remoteAddress?: unknown;
  readonly remoteAddr?: { readonly hostname?: unknown } | undefined;
  readonly requestIP?: (request: Request) => { readonly address?: unknown } | null;
}

/** The address that a request came from; undefined where the host does not say. */
export function peerIn(context: object, request: Request): string | undefined {
  const { remoteAddress, remoteAddr } = context as Known;
  const address =
    remoteAddress ??
    remoteAddr?.hostname ??
    // Called as a method: it belongs to the server.
    ('requestIP' in context && typeof context.requestIP === 'function'
      ? (context as Required<Known>).requestIP(request)?.address
      : undefined);
  return typeof address === 'string' ? address : undefined;
}
