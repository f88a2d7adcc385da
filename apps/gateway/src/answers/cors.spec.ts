import { allEndpoints } from '@atrium/contracts';
import { describe, expect, it } from 'vitest';
import { CorsPolicy } from './cors.js';

const cors = new CorsPolicy(['https://app.example.com']);
const ingest = allEndpoints.find(({ access }) => access.kind === 'write-key');
const login = allEndpoints.find(({ operationId }) => operationId === 'auth.login');

describe('cross-origin rules', () => {
  it('name the origin that is allowed, exactly, and no other', () => {
    expect(cors.headersFor({ origin: 'https://app.example.com' }, login)).toContain('https://app.example.com');
    for (const origin of ['https://app.example.com.evil', 'http://app.example.com', 'null', undefined]) {
      expect(cors.headersFor({ origin }, login)).toEqual([]);
    }
  });

  it('let any page send events, without credentials', () => {
    expect(cors.headersFor({ origin: 'https://any.example' }, ingest)).toContain('*');
    expect(cors.preflightFor({ origin: 'https://any.example' }, ingest, 'POST').join(' ')).not.toContain('credentials');
  });
});
