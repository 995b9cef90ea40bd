/** The URL at which a client fetches tokens: it has to be whole, and the one by which the client knows the registry. */
import type { IncomingMessage } from 'node:http';
import type { Authorize } from '../index.ts';
import { bracketed } from './host.ts';

type Ask = Parameters<Authorize>[0];

/** What is known of the URL of a server beside its requests. */
export interface RealmSettings {
  readonly publicUrl: string | undefined;
  /** Whether the server itself speaks TLS. */
  readonly isSecure: boolean;
}

/**
 * The realm for each request, below what its `Location` would begin with. Where that is no whole URL, it is the `Host` that the client has
 * sent: what is forged there leads nobody astray but the client itself.
 */
export function realmFor({ publicUrl, isSecure }: RealmSettings): (ask: Ask) => string {
  return ({ baseUrl, request }) => {
    const base = publicUrl ?? baseUrl;
    const origin = base.startsWith('http') ? '' : `${isSecure ? 'https' : 'http'}://${hostOf(request as IncomingMessage)}`;
    return `${origin}${base}/token`;
  };
}

/** The host that a client has asked; where it names none that a URL can have, the address that it has reached. */
function hostOf({ headers, socket }: IncomingMessage): string {
  const { host = '' } = headers;
  if (/^(?:\[[\d.:a-f]+\]|[\w.-]+)(?::\d{1,5})?$/i.test(host)) return host;
  return `${bracketed(socket.localAddress ?? '')}:${socket.localPort}`;
}
