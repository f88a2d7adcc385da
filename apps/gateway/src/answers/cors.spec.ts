import { allEndpoints } from '@atrium/contracts';
import { describe, expect, it } from 'vitest';
import { CorsPolicy } from './cors.js';

const cors = new CorsPolicy(['https://app.example.com']);
const ingest = allEndpoints.find(({ access }) => access.kind === 'write-key');
const token = allEndpoints.find(({ operationId }) => operationId === 'auth.token');
const login = allEndpoints.find(({ operationId }) => operationId === 'auth.login');

describe('cross-origin rules', () => {
  it('name the origin that is allowed, exactly, and no other', () => {
    expect(cors.headersFor({ origin: 'https://app.example.com' }, login)).toContain('https://app.example.com');
    for (const origin of ['https://app.example.com.evil', 'http://app.example.com', 'null', undefined]) {
      expect(cors.headersFor({ origin }, login)).toEqual([]);
    }
  });

  it('let a known device prove itself by its cookie where it signs in, and nowhere else', () => {
    const origin = 'https://app.example.com';
    const credentials = 'access-control-allow-credentials true';
    expect(cors.headersFor({ origin }, login).join(' ')).toContain(credentials);
    expect(cors.preflightFor({ origin }, login, 'POST').join(' ')).toContain(credentials);
    for (const endpoint of allEndpoints.filter(({ device }) => !device)) {
      expect(cors.headersFor({ origin }, endpoint).join(' ')).not.toContain('credentials');
    }
    expect(cors.headersFor({ origin: 'https://evil.example' }, login)).toEqual([]);
  });

  it('let any page send events, without credentials', () => {
    expect(cors.headersFor({ origin: 'https://any.example' }, ingest)).toContain('*');
    expect(cors.preflightFor({ origin: 'https://any.example' }, ingest, 'POST').join(' ')).not.toContain('credentials');
  });

  it('let client apps in any browser speak OAuth, without credentials, and sign nobody in from elsewhere', () => {
    expect(cors.headersFor({ origin: 'https://any.example' }, token)).toContain('*');
    expect(cors.preflightFor({ origin: 'https://any.example' }, token, 'POST').join(' ')).not.toContain('credentials');
    const interaction = allEndpoints.find(({ operationId }) => operationId === 'auth.interactionLogin');
    expect(cors.headersFor({ origin: 'https://any.example' }, interaction)).toEqual([]);
  });
});
