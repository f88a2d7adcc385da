import { authEndpoints } from '@atrium/contracts/auth';
import { password } from '@atrium/testing';
import { expect, it } from 'vitest';
import { api, world } from './platform.js';

it('a device is known again by its cookie through the gateway, and the person is told of one that is new', async () => {
  const { email, token } = await world.newAdmin();
  const signIn = (headers: Record<string, string>) => api.call(authEndpoints.login, { body: { email, password }, headers });
  const phone = 'Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36';
  const [cookie = ''] = (await signIn({ 'user-agent': phone })).headers.getSetCookie();
  expect(cookie).toMatch(/^atrium_device=[\w-]{43}; .*HttpOnly; SameSite=Strict/);
  const [pair = ''] = cookie.split(';');
  expect((await signIn({ cookie: pair })).headers.getSetCookie()).toEqual([cookie]);
  expect((await world.mailTo(email, /new sign-in/i)).text).toContain('Chrome on Android');
  const { body } = await api.call(authEndpoints.listSessions, { token });
  expect(body.data.map(({ device }) => device)).toContain('Chrome on Android');
});
