/** Who a client is and under which URL it sees the registry, as told by the proxies before it: RFC 7239, or the headers it grew from. */
import { isIP } from 'node:net';
import { RegistryError } from '../api/errors.ts';
import type { Advice, Advise } from '../options/advice.ts';
import { decodeText } from '../routing/router.ts';
import { readRequestId } from './request-id.ts';
import type { ForwardedHeaders, Trust } from './trust.ts';

/** Where a request came from. */
export interface Origin {
  /** The address of the client; undefined if it is not known. */
  readonly remoteAddress: string | undefined;
  /** What URLs begin with for the client, before the path at which this server has the registry: `https://host/path`, `/path` or nothing. */
  readonly externalBase: string;
  /** The id that a trusted proxy gave the request. */
  readonly requestId?: string | undefined;
  /** Why nobody can be let in: the host's `trustProxy` failed. */
  readonly flaw?: RegistryError | undefined;
}

/** Gives the value of a header, whose lines are joined by commas; undefined where there is none. */
export type HeaderGetter = (name: string) => string | undefined;

/** Whose word counts: that of these proxies, in headers of this family. */
export interface Believed {
  readonly trust: Trust | undefined;
  readonly forwardedHeaders: ForwardedHeaders;
  readonly advise: Advise;
}

/** Where a request came from, whose connection is from `peer`. Without trust in that, no header is looked at. */
export function originOf(header: HeaderGetter, peer: string | undefined, believed: Believed): Origin {
  try {
    return askProxies(header, peer, believed);
  } catch (cause) {
    const message = 'the address of the client could not be determined';
    return { remoteAddress: undefined, externalBase: '', flaw: new RegistryError('UNAVAILABLE', { message, cause }) };
  }
}

function askProxies(header: HeaderGetter, peer: string | undefined, believed: Believed): Origin {
  const { trust, forwardedHeaders, advise } = believed;
  if (!trust?.(peer ?? '', 0)) return { remoteAddress: peer, externalBase: '' };
  const [own, other] =
    forwardedHeaders === 'forwarded'
      ? [readForwarded(header), readXForwarded(header)]
      : [readXForwarded(header), readForwarded(header)];
  const view = viewOf(own, peer, trust);
  // A proxy sets one family, and the other may be the client's own. They differ if the wrong one is believed, or if one is forged.
  const isContradicted = !isSilent(other) && !isSame(view, viewOf(other, peer, trust));
  if (isContradicted) advise(contradiction);
  const { address, site, prefix } = isContradicted ? nothing : view;
  return { remoteAddress: address, externalBase: site + prefix, requestId: readRequestId(header('x-request-id')) };
}

const contradiction: Advice = {
  setting: 'forwardedHeaders',
  message:
    'a request came by a trusted proxy with Forwarded and X-Forwarded-* that contradict each other, so nothing is known of its client; have the proxy drop those that it does not set itself, and set the option forwardedHeaders to the others',
};

/** What proxies say, from the farthest to the nearest. Each of them adds to the end of a list, or replaces it. */
interface Said {
  readonly addresses: readonly (string | undefined)[];
  readonly schemes: readonly (string | undefined)[];
  readonly hosts: readonly (string | undefined)[];
  readonly prefixes: readonly string[];
}

/** What follows from it. */
interface View {
  readonly address: string | undefined;
  /** `https://host`, or nothing. */
  readonly site: string;
  readonly prefix: string;
}

/** Not even the address of the proxy: a client that garbles the headers would get the rights of the proxy. */
const nothing: View = { address: undefined, site: '', prefix: '' };

function viewOf(said: Said | undefined, peer: string | undefined, trust: Trust): View {
  if (!said) return nothing;
  const { address, proxies } = walk(peer, said.addresses, trust);
  const scheme = /^https?$/i.exec(farthest(said.schemes, proxies))?.[0].toLowerCase();
  const host = farthest(said.hosts, proxies);
  const site = scheme && isHost(host) ? `${scheme}://${host}` : '';
  return { address, site, prefix: prefixIn(farthest(said.prefixes, proxies)) };
}

/** The prefix is in one family only. */
const isSame = (one: View, other: View): boolean => one.address === other.address && one.site === other.site;

/** What is malformed is not silent. */
const isSilent = (said: Said | undefined): boolean =>
  said !== undefined && said.addresses.length + said.schemes.length + said.hosts.length === 0;

/** Goes from the connection back to the first address that is no trusted proxy, or to the last that is known. */
function walk(peer: string | undefined, addresses: Said['addresses'], trust: Trust) {
  let address = peer;
  let proxies = 1;
  for (const text of [...addresses].reverse()) {
    address = addressIn(text);
    if (address === undefined || !trust(address, proxies)) break;
    proxies++;
  }
  return { address, proxies };
}

/** The first defined value among the last `proxies` entries: each trusted proxy appended one; earlier entries may be forged by the client. */
function farthest(list: readonly (string | undefined)[], proxies: number): string {
  return list.slice(Math.max(0, list.length - proxies)).find((each) => each !== undefined) ?? '';
}

function readXForwarded(header: HeaderGetter): Said {
  return {
    addresses: listOf(header('x-forwarded-for')),
    schemes: listOf(header('x-forwarded-proto')),
    hosts: listOf(header('x-forwarded-host')),
    prefixes: listOf(header('x-forwarded-prefix')),
  };
}

function listOf(value = ''): string[] {
  return value
    .split(',')
    .map((each) => each.trim())
    .filter(Boolean);
}

/** RFC 7239 section 4; addresses with a colon are also taken without the quotes that they should have. */
const pair = /[ \t]*(?:([\w!#$%&'*+.^`|~-]+)=(?:([\w!#$%&'*+.^`|~:[\]-]+)|"((?:[^"\\]|\\.)*)")[ \t]*)?(?:([;,])|$)/y;

/** Reads `Forwarded`; undefined where it is malformed. */
function readForwarded(header: HeaderGetter): Said | undefined {
  const text = header('forwarded') ?? '';
  const elements: Map<string, string>[] = [new Map()];
  for (pair.lastIndex = 0; pair.lastIndex < text.length; ) {
    const [whole, name = '', token, quoted = '', end] = pair.exec(text) ?? [];
    const element = elements.at(-1);
    if (whole === undefined || element?.has(name.toLowerCase())) return undefined;
    if (name) element?.set(name.toLowerCase(), token ?? quoted.replace(/\\(.)/g, '$1'));
    if (end === ',' && element?.size) elements.push(new Map());
  }
  const said = elements.filter(({ size }) => size > 0);
  const all = (name: string) => said.map((element) => element.get(name));
  return { addresses: all('for'), schemes: all('proto'), hosts: all('host'), prefixes: [] };
}

/** The address of a node, which may have a port, and brackets if it is of IPv6; undefined for a name that hides it. */
function addressIn(node = ''): string | undefined {
  const [, inBrackets, before] = /^(?:\[([^\]]*)\]|([\d.]+))(?::\w+)?$/.exec(node) ?? [];
  const address = inBrackets ?? before ?? node;
  return isIP(address) === 0 ? undefined : address;
}

/** RFC 3986 section 3.2.2, without the characters that no host has in practice. */
function isHost(text: string): boolean {
  const found = /^(?:\[([\d.:A-Fa-f]+)\]|[A-Za-z\d](?:[\w.-]{0,252}\w)?)(?::(\d{1,5}))?$/.exec(text);
  const [, address, port = '0'] = found ?? [];
  return found !== null && Number(port) <= 65_535 && (address === undefined || isIP(address) === 6);
}

/** A path that has one reading, with its escapes and without them; anything else is none. */
function prefixIn(text: string): string {
  const path = text.replace(/\/$/, '');
  const isPlain = /^(?:\/[\w.~%-]+)+$/.test(path) && path.split('/').slice(1).every(isSegment);
  return isPlain ? path : '';
}

function isSegment(text: string): boolean {
  const decoded = decodeText(text);
  return decoded !== undefined && !/^\.{1,2}$|[%/\\\p{Cc}]/u.test(decoded);
}
