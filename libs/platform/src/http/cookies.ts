/**
 * The cookies of a `Cookie` header by name (RFC 6265 §4.2.1). Values stay as they were sent. Of two with one name the
 * first counts: browsers send the one with the more specific path first (§5.4).
 */
export function cookiesOf(header: string | undefined): ReadonlyMap<string, string> {
  const cookies = new Map<string, string>();
  for (const pair of header?.split(';') ?? []) {
    const end = pair.indexOf('=');
    const name = pair.slice(0, Math.max(0, end)).trim();
    if (name !== '' && !cookies.has(name)) cookies.set(name, pair.slice(end + 1).trim());
  }
  return cookies;
}
