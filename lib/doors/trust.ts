/** Which addresses are proxies that may speak for their clients, in the words that Express has for it. */
import { BlockList, isIP } from 'node:net';
import { type Check, must } from '../checks/check.ts';
import { synchronous } from '../checks/synchronous.ts';

/**
 * Whom to believe what `Forwarded` and `X-Forwarded-*` say: nobody (`false`), everybody (`true`), so many proxies one
 * behind the other (a number), the proxies at addresses and in networks (`'10.0.0.0/8'`, `'loopback'`, `'linklocal'`,
 * `'uniquelocal'`, several in a list or between commas), or those for which a function says so: it is given the address,
 * an empty text for a connection that has none, and how many proxies are before it.
 */
export type TrustProxy = boolean | number | string | readonly string[] | ((address: string, hop: number) => boolean);

/** The family of headers that trusted proxies set: `X-Forwarded-For`, `-Proto`, `-Host` and `-Prefix`, or `Forwarded` (RFC 7239). */
export type ForwardedHeaders = 'x-forwarded' | 'forwarded';

/** Whether an address is that of a trusted proxy. Hop 0 is where the connection comes from. */
export type Trust = (address: string, hop: number) => boolean;

const networks: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.0/8', '::1/128'],
  linklocal: ['169.254.0.0/16', 'fe80::/10'],
  uniquelocal: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
};

/** Reads the option; undefined where nobody is trusted. */
export function trustOf(value: TrustProxy): Trust | undefined {
  if (value === false || value === 0) return undefined;
  if (value === true) return () => true;
  if (typeof value === 'number') return (_, hop) => hop < value;
  if (typeof value === 'function') return synchronous('trustProxy', value);
  return within(listed(value));
}

/** What is wrong with the option, if anything is. */
export const wrongTrust: Check = must(
  "be true, false, a number of proxies, a function, or addresses such as 'loopback' or '10.0.0.0/8'",
  (value) => {
    if (typeof value === 'boolean' || typeof value === 'function') return true;
    if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0;
    const isList = typeof value === 'string' || (Array.isArray(value) && value.every((each) => typeof each === 'string'));
    return isList && listed(value).length > 0 && listed(value).every(isNetwork);
  },
);

function listed(value: string | readonly string[]): string[] {
  const texts = typeof value === 'string' ? [value] : value;
  return texts.flatMap((text) => text.split(',').map((each) => each.trim()));
}

function isNetwork(text: string): boolean {
  if (Object.hasOwn(networks, text)) return true;
  const [address = '', bits, ...rest] = text.split('/');
  const most = isIP(address) === 4 ? 32 : 128;
  return isIP(address) !== 0 && rest.length === 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most));
}

function within(texts: readonly string[]): Trust {
  const list = new BlockList();
  for (const text of texts.flatMap((each) => networks[each] ?? [each])) {
    const [address = '', bits] = text.split('/');
    const family = familyOf(address);
    list.addSubnet(address, bits === undefined ? (family === 'ipv4' ? 32 : 128) : Number(bits), family);
  }
  return (address) => isIP(address) !== 0 && list.check(address, familyOf(address));
}

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 4 ? 'ipv4' : 'ipv6');
