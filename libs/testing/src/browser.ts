interface Cookie {
  readonly value: string;
  readonly path: string;
  /** Everything after the value, as it was set. */
  readonly attributes: string;
}

export interface Page {
  readonly url: URL;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** As much of a browser as a sign-in needs: it follows redirects and keeps each host's cookies by path. */
export class Browser {
  private readonly jars = new Map<string, Map<string, Cookie>>();

  /** One step, redirects unfollowed. */
  async request(url: string | URL, init: RequestInit = {}): Promise<Page> {
    const target = new URL(url);
    const headers = new Headers(init.headers);
    const cookie = this.cookieHeader(target);
    if (cookie !== '') headers.set('cookie', cookie);
    const response = await fetch(target, { ...init, headers, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) this.keep(target, line);
    return { url: target, status: response.status, headers: response.headers, text: await response.text() };
  }

  /** Goes on through redirects until one leads to where `stops`, which isn't visited; a page that doesn't redirect ends it too. */
  async follow(url: string | URL, stops: (url: URL) => boolean = () => false): Promise<Page> {
    let page = await this.request(url);
    for (let hops = 0; hops < 20; hops += 1) {
      const location = page.headers.get('location');
      if (location === null || page.status < 300 || page.status > 399) return page;
      const next = new URL(location, page.url);
      if (stops(next)) return { url: next, status: 0, headers: new Headers(), text: '' };
      page = await this.request(next);
    }
    throw new Error('too many redirects');
  }

  /** The attributes of a cookie as they were set. */
  attributesOf(url: string | URL, name: string): string | undefined {
    return this.jars.get(new URL(url).host)?.get(name)?.attributes;
  }

  /** The host's cookies are gone, as in another person's browser. */
  forget(url: string | URL): void {
    this.jars.delete(new URL(url).host);
  }

  /** The `Cookie` header that the URL gets; more specific paths first (RFC 6265 §5.4). */
  cookieHeader(url: string | URL): string {
    const { host, pathname } = new URL(url);
    return [...(this.jars.get(host) ?? [])]
      .filter(([, { path }]) => pathname === path || pathname.startsWith(path.endsWith('/') ? path : `${path}/`))
      .sort(([, a], [, b]) => b.path.length - a.path.length)
      .map(([name, { value }]) => `${name}=${value}`)
      .join('; ');
  }

  private keep({ host }: URL, line: string): void {
    const [pair = '', ...rest] = line.split(';');
    const attributes = rest.map((one) => one.trim()).join('; ');
    const end = pair.indexOf('=');
    const name = pair.slice(0, end).trim();
    const jar = this.jars.get(host) ?? new Map<string, Cookie>();
    this.jars.set(host, jar);
    const isOver = /(?:^|; )max-age=0(?:;|$)/i.test(attributes) || /expires=[^;]*1970/i.test(attributes);
    if (isOver) jar.delete(name);
    else jar.set(name, { value: pair.slice(end + 1), path: /(?:^|; )path=([^;]+)/i.exec(attributes)?.[1] ?? '/', attributes });
  }
}
