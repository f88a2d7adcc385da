import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AuthBench } from './auth-bench.js';
import { tokensOf } from './people.js';

export const everything = ['api_keys.manage', 'api_keys.read', 'assets.create', 'assets.read', 'users.read'];
export const codeOf = ({ json }: { json: Record<string, unknown> }): unknown => (json['error'] as { code?: string } | undefined)?.code;
export type Somebody = Awaited<ReturnType<ApiKeyBench['person']>>;

/** API keys, and people who hold them. */
export class ApiKeyBench {
  private constructor(
    readonly auth: AuthBench,
    readonly knownSite: string,
    private readonly closeUsers: () => void,
  ) {}

  static async start(): Promise<ApiKeyBench> {
    const knownSite = randomUUID();
    // The users service as auth asks it: it knows one site.
    const users = createServer((request, response) => {
      response.writeHead(request.url === `/api/v1/sites/${knownSite}` && request.headers.authorization ? 200 : 404).end('{}');
    });
    await new Promise<void>((resolve) => users.listen(0, '127.0.0.1', resolve));
    const auth = await AuthBench.start({ LIMIT_SCALE: '1000', USERS_URL: `http://127.0.0.1:${(users.address() as AddressInfo).port}` });
    return new ApiKeyBench(auth, knownSite, () => users.close());
  }

  async stop(): Promise<void> {
    await this.auth.stop();
    this.closeUsers();
  }

  async query<Row extends object>(sql: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.auth.engines.superuser.query<Row>(sql, values)).rows;
  }

  /** Somebody who holds these permissions for the whole of a new (or that) organization. */
  async person(permissions: readonly string[] = everything, orgId?: string) {
    const { people } = this.auth;
    const { id, email } = await people.verified();
    const org = await people.join(id, 'role', orgId);
    await people.change(id, org, 2, [{ name: 'role', site_id: null, permissions: [...permissions] }]);
    return { id, orgId: org, email, token: tokensOf(await people.login(email)).access };
  }

  make(token: string, body: Record<string, unknown> = {}, headers: Record<string, string> = {}) {
    return this.auth.request('POST', '/api-keys', { token, body: { name: 'CI', permissions: ['assets.read'], ...body }, headers });
  }

  async made(token: string, body: Record<string, unknown> = {}): Promise<{ id: string; key: string }> {
    const answer = await this.make(token, body);
    if (answer.status !== 201) throw new Error(answer.text);
    return answer.json as { id: string; key: string };
  }

  async exchange(body: unknown) {
    const answer = await this.auth.app.inject({ method: 'POST', url: '/internal/api-keys/exchange', payload: body as object });
    return { status: answer.statusCode, json: answer.json() as Record<string, unknown>, headers: answer.headers };
  }

  async tokenOf(key: string): Promise<string> {
    return String((await this.exchange({ key })).json['access_token']);
  }
}
