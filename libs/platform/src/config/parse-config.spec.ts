import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ConfigError, parseConfig } from './parse-config.js';

const schema = z.object({ PORT: z.coerce.number().int(), URL: z.url(), NAME: z.string().default('x') });

describe('parseConfig', () => {
  it('lists every problem at once and shows no value', () => {
    const attempt = () => parseConfig('auth', schema, { PORT: 'hunter2', URL: 'hunter3' });
    expect(attempt).toThrow(ConfigError);
    expect(attempt).toThrow(/PORT: [\s\S]*URL: /);
    expect(attempt).not.toThrow(/hunter/);
  });

  it('takes an empty variable as unset', () => {
    expect(parseConfig('auth', schema, { PORT: '1', URL: 'http://a.example', NAME: '' }).NAME).toBe('x');
  });
});
