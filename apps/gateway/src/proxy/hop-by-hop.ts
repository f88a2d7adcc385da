/** Fields of one connection alone (RFC 9110 §7.6.1), and what the gateway settles itself. */
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-authentication-info',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]);

export const isHopByHop = (name: string): boolean => hopByHop.has(name);

const none: ReadonlySet<string> = new Set();

/** Lower-case names that a `Connection` header lists besides its options. */
export function namedInConnection(connection: string | undefined): ReadonlySet<string> {
  if (connection === undefined || connection === 'keep-alive' || connection === 'close') return none;
  return new Set(connection.toLowerCase().split(',').map((name) => name.trim()));
}
