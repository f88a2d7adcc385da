import { describe, expect, it } from 'vitest';
import { runInContext } from '../context/index.js';
import { DomainError } from '../errors/index.js';
import { createLogger, maskEmail, NestLogger } from './index.js';

const lines: string[] = [];
const logger = createLogger({ service: 'auth', level: 'trace', destination: { write: (line: string) => void lines.push(line) } });

function logged(write: () => void): string {
  lines.length = 0;
  write();
  return lines.join('');
}

const parsed = (write: () => void): unknown => JSON.parse(logged(write));
const jwt = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl';
const canary = 'Canary-9f3b';

describe('what a log line carries', () => {
  it('carries the service, the level by name, an ISO time and the ids of the request', () => {
    const line = parsed(() => runInContext({ requestId: 'r-1', userId: 'u-1', orgId: 'o-1' }, () => logger.info({ rows: 3 }, 'done')));
    expect(line).toMatchObject({ service: 'auth', level: 'info', msg: 'done', rows: 3, request_id: 'r-1', user_id: 'u-1', org_id: 'o-1' });
    expect(line).toHaveProperty('time', expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/));
  });

  it('carries an error with its detail and its causes', () => {
    const error = new DomainError('INTERNAL', undefined, { detail: 'no row came back', cause: new Error('socket closed') });
    expect(parsed(() => logger.error(error))).toMatchObject({
      err: { type: 'DomainError', code: 'INTERNAL', detail: 'no row came back', cause: { message: 'socket closed' } },
    });
    expect(parsed(() => logger.error({ failure: error }, 'x'))).toMatchObject({ failure: { detail: 'no row came back' } });
  });
});

describe('what never gets into a log line', () => {
  const leaks: Record<string, () => void> = {
    'a password field': () => logger.info({ password: canary, password_confirm: canary, passwordHash: canary }),
    'a deep secret': () => logger.info({ a: { b: { c: { d: { e: [{ refresh_token: canary }] } } } } }),
    'request headers': () =>
      logger.info({ req: { headers: { authorization: `Bearer ${canary}`, cookie: canary, 'x-write-key': canary } } }),
    'a key of any spelling': () => logger.info({ writeKey: canary, api_key: canary, 'X-API-Key': canary, key: canary }),
    'a secret of a child': () =>
      logger
        .child({ access_token: canary })
        .child({ deep: { secret: canary } })
        .info('x'),
    'a secret in an interpolated object': () => logger.info('body %j', { email: 'x', password: canary }),
    'a bearer token in the message': () => logger.info(`sent Authorization: Bearer ${canary}`),
    'a token in a link': () => logger.info({ url: `https://x.example/verify?token=${canary}&a=1` }, `GET /verify?token=${canary}`),
    'a signature of a presigned URL': () => logger.info(`https://s3/x?X-Amz-Signature=${canary}&X-Amz-Security-Token=${canary}`),
    'a secret in a Map': () => logger.info({ headers: new Map([['cookie', canary]]) }),
    'what a driver hangs on its error': () => logger.error(Object.assign(new Error('failed'), { parameters: [canary], query: canary })),
    'a secret in the message of a cause': () => logger.error(new Error('x', { cause: new Error(`password=${canary}`) })),
    bytes: () => logger.info({ body: Buffer.from(canary) }),
    'what Nest passes on': () => new NestLogger(logger).error({ token: canary }, `Error: Bearer ${canary}\n at x`, 'Auth'),
  };
  for (const [name, write] of Object.entries(leaks)) {
    it(name, () => {
      const line = logged(write);
      expect(line).not.toBe('');
      expect(line).not.toContain(canary);
      expect(line).not.toContain(Buffer.from(canary).toString('base64'));
    });
  }

  it('a whole e-mail address, wherever it stands', () => {
    const line = logged(() => {
      logger.info({ email: 'ann@example.com', users: [{ to: 'Ann <ann.b+c@mail.example.co.uk>' }] }, 'mail to ann@example.com');
      logger.error(new Error('duplicate ann@example.com'));
      logger.child({ who: 'ann@example.com' }).warn('x %s', 'ann@example.com');
    });
    expect(line).not.toMatch(/ann@|ann\.b/);
    expect(line).toContain('a***@example.com');
    expect(line).toContain('a***@mail.example.co.uk');
  });

  it('an API key, wherever it stands, but for the part by which it is known', () => {
    const key = `atr_live_${'a1B2c3'.repeat(7)}x_Zz9Yy8`;
    const line = logged(() => logger.info({ note: `found ${key} in a file` }, `from ${key}`));
    expect(line).not.toContain(key);
    expect(line).toContain('atr_live_a1B2c3[redacted] in a file');
  });

  it("a client app's secret, and what a browser carries from one step of a sign-in to the next", () => {
    const secret = 'x9'.repeat(21);
    const line = logged(() => {
      logger.info({ note: `found acs_${secret} in a file` }, `from acs_${secret}`);
      for (const name of ['code', 'state', 'ticket', 'code_verifier']) logger.info({ url: `/x?a=1&${name}=${secret}&b=2`, [name === 'code' ? 'ticket' : 'code_verifier']: secret });
    });
    expect(line).not.toContain(secret);
    expect(line).toContain('acs_[redacted] in a file');
  });

  it('a token, wherever it stands', () => {
    const line = logged(() => logger.info({ note: `got ${jwt}` }, `token ${jwt}`));
    expect(line).not.toContain(jwt);
  });
});

it('writes a line for people when asked', () => {
  const written: string[] = [];
  const pretty = createLogger({
    service: 'auth',
    level: 'info',
    pretty: true,
    destination: { write: (text: string) => void written.push(text) },
  });
  pretty.info({ rows: 3, email: 'ann@example.com' }, 'done');
  expect(written.join('')).toMatch(/^\d\d:\d\d:\d\d\.\d{3} INFO  auth done rows=3 email=a\*\*\*@example\.com\n$/);
});

describe('what redaction leaves', () => {
  it('leaves ordinary values as they are', () => {
    const record = { status: 200, has_password: true, path: '/api/v1/users?page=1', deep: { when: new Date(0), ok: null, big: 5n } };
    expect(parsed(() => logger.info(record, 'fine: 100 %d'))).toMatchObject({
      status: 200,
      has_password: true,
      path: '/api/v1/users?page=1',
      deep: { when: '1970-01-01T00:00:00.000Z', ok: null, big: '5' },
    });
  });

  it('survives a circular record', () => {
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    expect(logged(() => logger.info(circular, 'x'))).toContain('nested too deeply');
  });

  it('masks the local part of an address but its first letter', () => {
    expect(maskEmail('ann@example.com')).toBe('a***@example.com');
  });
});
