import { isIPv4, isIPv6 } from 'node:net';

/** The first three 16-bit groups of an IPv6 address. */
function firstGroups(address: string): string[] {
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  const behind = tail === undefined || tail === '' ? [] : tail.split(':');
  const missing = tail === undefined ? 0 : 8 - groups.length - behind.length;
  return [...groups, ...Array<string>(Math.max(0, missing)).fill('0'), ...behind].slice(0, 3);
}

/** The network of an address, /24 for IPv4 and /48 for IPv6: says where, not who. Empty for anything else. */
export function anonymiseAddress(address: string): string {
  const plain = address.split('%')[0] ?? '';
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(plain)?.[1];
  const v4 = mapped ?? plain;
  if (isIPv4(v4)) return `${v4.slice(0, v4.lastIndexOf('.'))}.0`;
  if (!isIPv6(plain)) return '';
  const groups = firstGroups(plain).map((group) => parseInt(group, 16).toString(16));
  return `${groups.join(':')}::`;
}
