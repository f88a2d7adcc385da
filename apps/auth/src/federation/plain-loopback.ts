const loopbackHosts = new Set(['localhost', '127.0.0.1', '[::1]']);

/** `http://localhost`, which stays on the machine. */
export function isPlainLoopback(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'http:' && loopbackHosts.has(hostname);
}
