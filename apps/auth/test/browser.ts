import type { AuthBench } from './auth-bench.js';
import { issuer } from './auth-app.js';

export interface Page {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
  /** Where it sends on, from the root for our own pages. */
  readonly location: string;
}

/** A person's browser: keeps cookies by their path, and sends forms. */
export class Browser {
  private readonly cookies = new Map<string, { readonly value: string; readonly path: string }>();

  constructor(private readonly auth: Pick<AuthBench, 'app'>) {}

  async get(url: string, headers: Record<string, string> = {}): Promise<Page> {
    return this.send('GET', url, undefined, headers);
  }

  async post(url: string, form: Record<string, string>, headers: Record<string, string> = {}): Promise<Page> {
    const payload = new URLSearchParams(form).toString();
    return this.send('POST', url, payload, { 'content-type': 'application/x-www-form-urlencoded', ...headers });
  }

  /** Follows redirects as long as they lead to our own pages. */
  async follow(page: Page): Promise<Page> {
    let current = page;
    while (current.status >= 300 && current.status < 400 && current.location.startsWith('/')) current = await this.get(current.location);
    return current;
  }

  /** As a `Cookie` header; empty where there is none. */
  cookieOf(name: string): string {
    return [...this.cookies].filter(([key]) => key.startsWith(`${name} `)).map(([, { value }]) => `${name}=${value}`).join('; ');
  }

  clearCookies(): void {
    this.cookies.clear();
  }

  private async send(method: 'GET' | 'POST', url: string, payload: string | undefined, headers: Record<string, string>): Promise<Page> {
    const path = new URL(url, issuer).pathname;
    const cookie = [...this.cookies].filter(([, one]) => path.startsWith(one.path)).map(([key, { value }]) => `${key.split(' ')[0]}=${value}`).join('; ');
    const answer = await this.auth.app.inject({
      method,
      url,
      headers: { accept: 'text/html', ...(cookie ? { cookie } : {}), ...headers },
      remoteAddress: '192.0.2.1',
      ...(payload === undefined ? {} : { payload }),
    });
    for (const one of answer.cookies) {
      const place = one.path ?? '/';
      const isOver = one.value === '' || (one.expires !== undefined && one.expires.getTime() < Date.now());
      if (isOver) this.cookies.delete(`${one.name} ${place}`);
      else this.cookies.set(`${one.name} ${place}`, { value: one.value, path: place });
    }
    const location = String(answer.headers.location ?? '');
    return { status: answer.statusCode, headers: answer.headers, text: answer.body, location: location.startsWith(`${issuer}/`) ? location.slice(issuer.length) : location };
  }
}
