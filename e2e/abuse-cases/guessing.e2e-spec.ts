import { authEndpoints } from '@atrium/contracts/auth';
import { type RunningPlatform, startPlatform } from '@atrium/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** With the limits of production; the addresses are what the gateway tells auth of its clients. */
let platform: RunningPlatform;

beforeAll(async () => {
  platform = await startPlatform({ limitScale: 1 });
});
afterAll(async () => {
  await platform?.stop();
  platform?.removeData();
});

const signIn = (password: string, address: string, cookie?: string): Promise<Response> =>
  fetch(`http://127.0.0.1:${platform.ports.auth}${authEndpoints.login.path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': address, ...(cookie === undefined ? {} : { cookie }) },
    body: JSON.stringify({ email: platform.demo.email, password }),
  });

describe('11: guessing one account from many addresses', () => {
  it("ends in 429 with Retry-After, and doesn't lock out the owner's known device", async () => {
    const first = await signIn(platform.demo.password, '192.0.2.1');
    expect(first.status).toBe(200);
    const [device = ''] = (first.headers.getSetCookie()[0] ?? '').split(';');
    expect(device).toMatch(/^atrium_device=/);

    const statuses: number[] = [];
    for (let guess = 0; guess < 40 && statuses.at(-1) !== 429; guess += 1) {
      const answer = await signIn('not the password', `198.51.100.${guess}`);
      statuses.push(answer.status);
      if (answer.status === 429) expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect(new Set(statuses)).toEqual(new Set([401, 429]));

    expect((await signIn(platform.demo.password, '203.0.113.9')).status).toBe(429);
    expect((await signIn(platform.demo.password, '203.0.113.9', device)).status).toBe(200);
    expect((await signIn(platform.demo.password, '203.0.113.9', 'atrium_device=made-up-made-up-made-up-made-up-made-up-made')).status).toBe(429);
  });
});
