/** Hosts as URLs have them. */

/** A host with brackets where it is an address of IPv6: RFC 3986 section 3.2.2. */
export const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host);

/** Whether an address leads to this machine alone. */
export const isLoopback = (address: string): boolean => /^(?:127\.|::1$|::ffff:127\.)/.test(address);
