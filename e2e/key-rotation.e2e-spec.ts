import { authEndpoints } from '@atrium/contracts/auth';
import { usersEndpoints } from '@atrium/contracts/users';
import { type Person, type RunningPlatform, startPlatform, until, World } from '@atrium/testing';
import { decodeProtectedHeader } from 'jose';
import { afterAll, beforeAll, expect, it } from 'vitest';

/** Half an hour of waiting in half a minute: every time as in production stands to every other. Seconds. */
const times = { cache: 5, reload: 2, token: 12, wait: 20 };

let platform: RunningPlatform;
let world: World;
let person: Person;

beforeAll(async () => {
  platform = await startPlatform({
    environment: {
      JWKS_MAX_AGE_SECONDS: String(times.cache),
      SIGNING_KEYS_RELOAD_SECONDS: String(times.reload),
      ACCESS_TOKEN_SECONDS: String(times.token),
      SIGNING_KEY_WAIT_SECONDS: String(times.wait),
      // A successor is staged as soon as the last one has taken over.
      SIGNING_KEY_SECONDS: String(times.wait),
    },
  });
  world = new World(platform.gateway, platform.mail);
  person = await world.newAdmin();
});
afterAll(async () => {
  await platform?.stop();
  platform?.removeData();
});

interface HeldToken {
  readonly token: string;
  readonly kid: string;
  readonly issuedAt: number;
}

it('a signing key is replaced twice under load and no request fails, with tokens fresh and old', async () => {
  const failures: string[] = [];
  const publishedAt = new Map<string, number>();
  const signedAt = new Map<string, number>();
  const held: HeldToken[] = [];
  let refreshToken = person.refreshToken;
  let requests = 0;
  let isOver = false;

  const attempt = async (what: string, work: () => Promise<unknown>): Promise<void> => {
    requests += 1;
    await work().catch((error: unknown) => void failures.push(`${what}: ${String(error)}`));
  };
  const lookAtKeys = async (): Promise<void> => {
    const { body } = await world.api.call(authEndpoints.jwks, {});
    for (const { kid } of body.keys) if (!publishedAt.has(kid)) publishedAt.set(kid, Date.now());
  };
  const refresh = async (): Promise<void> => {
    const { body } = await world.api.call(authEndpoints.refresh, { body: { refresh_token: refreshToken } });
    refreshToken = body.refresh_token;
    const kid = decodeProtectedHeader(body.access_token).kid ?? '';
    if (!signedAt.has(kid)) signedAt.set(kid, Date.now());
    held.push({ token: body.access_token, kid, issuedAt: Date.now() });
    // As old as a token gets; a second is left for the request itself.
    while (held[0] && Date.now() - held[0].issuedAt > (times.token - 1) * 1_000) held.shift();
  };
  const repeat = async (work: () => Promise<void>): Promise<void> => {
    while (!isOver) await work();
  };
  const use = (choose: () => HeldToken | undefined) => async (): Promise<void> => {
    const one = choose();
    if (!one) return;
    await attempt(`${one.kid} at users`, () => world.api.call(usersEndpoints.listSites, { token: one.token }));
    await attempt(`${one.kid} at auth`, () => world.api.call(authEndpoints.me, { token: one.token }));
  };

  await refresh();
  const traffic = Promise.all([
    repeat(() => attempt('refresh', refresh)),
    repeat(() => attempt('keys', lookAtKeys)),
    repeat(use(() => held.at(-1))),
    repeat(use(() => held[0])),
    repeat(use(() => held[Math.floor(Math.random() * held.length)])),
  ]);
  await until('two rotations', async () => signedAt.size >= 3, { seconds: 150, everyMs: 200 }).finally(() => (isOver = true));
  await traffic;

  expect(failures).toEqual([]);
  expect(requests).toBeGreaterThan(500);
  for (const [kid, at] of [...signedAt].slice(1)) {
    expect(at - (publishedAt.get(kid) ?? Infinity)).toBeGreaterThan(times.cache * 1_000);
  }
}, 240_000);
