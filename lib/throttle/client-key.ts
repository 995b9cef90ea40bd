/** What tells one client from another by its address. */
import { isIPv6 } from 'node:net';

/**
 * The key of an address. One of IPv6 counts with its network of 64 bits, all of which a single client has at its disposal; one of IPv4
 * is the same in all of its forms. Clients whose address is not known are one.
 */
export function clientKeyOf(address: string | undefined): string {
  if (address === undefined) return 'unknown';
  const [plain = ''] = address.split('%');
  return isIPv6(plain) ? networkOf(plain) : plain;
}

/** The first four groups of an address of IPv6, each in its shortest form; the address of IPv4 that one of `::ffff:0:0/96` stands for. */
function networkOf(address: string): string {
  // The last part may have the form of IPv4, which stands for two groups.
  const inGroups = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...bytes: string[]) => {
    const [a = 0, b = 0, c = 0, d = 0] = bytes.map(Number);
    return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  });
  const [head = '', tail] = inGroups.split('::');
  const before = groupsOf(head);
  const after = tail === undefined ? [] : groupsOf(tail);
  const between = tail === undefined ? [] : Array<number>(Math.max(0, 8 - before.length - after.length)).fill(0);
  const groups = [...before, ...between, ...after];
  const [high = 0, low = 0] = groups.slice(6);
  if (groups.slice(0, 6).join() === '0,0,0,0,0,65535') return [high >> 8, high & 255, low >> 8, low & 255].join('.');
  const network = groups.slice(0, 4).map((group) => group.toString(16));
  return `${network.join(':')}::/64`;
}

const groupsOf = (text: string): number[] => (text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16)));
