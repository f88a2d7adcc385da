import { isIPv4, isIPv6 } from 'node:net';

/** The first three 16-bit groups of an IPv6 address. */
function firstGroups(address: string): string[] {
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  const behind = tail === undefined || tail === '' ? [] : tail.split(':');
  const missing = tail === undefined ? 0 : 8 - groups.length - behind.length;
  return [...groups, ...Array<string>(Math.max(0, missing)).fill('0'), ...behind].slice(0, 3);
}

const networkOfV4 = (address: string): string => `${address.slice(0, address.lastIndexOf('.'))}.0`;

/** The network of an address, /24 for IPv4 and /48 for IPv6: says where, not who. Empty for anything else. */
export function anonymiseAddress(address: string): string {
  if (isIPv4(address)) return networkOfV4(address);
  const plain = address.split('%')[0] ?? '';
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(plain)?.[1] ?? plain;
  if (isIPv4(mapped)) return networkOfV4(mapped);
  if (!isIPv6(plain)) return '';
  const groups = firstGroups(plain).map((group) => parseInt(group, 16).toString(16));
  return `${groups.join(':')}::`;
}
