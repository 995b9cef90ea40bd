/** Who a client says that it is. */
import type { Credentials } from './authorize.ts';

/** What the `Authorization` header says: RFC 9110 section 11.6.2, RFC 7617, RFC 6750. */
export function readCredentials(header: string | undefined): Credentials {
  if (header === undefined) return { scheme: 'none' };
  const [, scheme = '', value = ''] = /^(\S+) +(\S+) *$/.exec(header) ?? [];
  if (scheme.toLowerCase() === 'bearer') return { scheme: 'bearer', token: value };
  const pair = scheme.toLowerCase() === 'basic' ? Buffer.from(value, 'base64').toString('utf8') : '';
  const colon = pair.indexOf(':');
  if (colon < 0) return { scheme: 'other', value: header };
  return { scheme: 'basic', username: pair.slice(0, colon), password: pair.slice(colon + 1) };
}
