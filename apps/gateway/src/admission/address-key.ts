import { isIPv6 } from 'node:net';

/** The 16-bit groups of an IPv6 address without an embedded IPv4 part. */
function groupsOf(address: string): string[] {
  const [head = '', tail] = address.split('::');
  const left = head === '' ? [] : head.split(':');
  if (tail === undefined) return left;
  const right = tail === '' ? [] : tail.split(':');
  return [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right];
}

const embeddedIpv4 = /^(?:0*:){2,5}:?0*ffff:(\d+\.\d+\.\d+\.\d+)$|^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/**
 * What limits of an address are counted under: an IPv4 address as it is, also when mapped into IPv6 (RFC 4291 §2.5.5.2);
 * an IPv6 address by its /64, which is what one subscriber holds.
 */
export function addressKey(address: string): string {
  if (!address.includes(':')) return address;
  const mapped = embeddedIpv4.exec(address);
  if (mapped) return mapped[1] ?? mapped[2] ?? address;
  const [plain = address] = address.split('%');
  if (!isIPv6(plain) || plain.includes('.')) return plain;
  const network = groupsOf(plain)
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16));
  return `${network.join(':')}::/64`;
}
