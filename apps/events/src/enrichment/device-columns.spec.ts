import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deviceColumns } from './device-columns.js';

const columnsOf = (userAgent: string): Record<string, unknown> => JSON.parse(`{"x":1${deviceColumns(userAgent)}}`);

describe('the device of a user agent', () => {
  it.each([
    ['Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36', { browser: 'Chrome', browser_version: 126, os: 'Windows', device_type: 'desktop', is_bot: false }],
    ['Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1', { browser: 'Safari', browser_version: 17, os: 'iOS', os_version: '17.5', device_type: 'mobile' }],
    ['Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1', { device_type: 'tablet' }],
    ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0', { browser: 'Microsoft Edge', os: 'macOS' }],
    ['Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)', { browser: 'Googlebot', device_type: 'bot', is_bot: true }],
    ['Mozilla/5.0', { browser: '', browser_version: 0 }],
  ])('%s', (userAgent, columns) => {
    expect(columnsOf(userAgent)).toMatchObject(columns);
    // Once more, from memory.
    expect(columnsOf(userAgent)).toMatchObject(columns);
  });

  it.each(['', 'curl/8.1', 'analytics-node/3.0.13', 'axios/1.18.1', 'okhttp/4.9.0'])('is none where a program sends: %j', (userAgent) => {
    expect(deviceColumns(userAgent)).toBe('');
  });

  it('is JSON whatever is sent', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 600 }), (text) => void columnsOf(`Mozilla/5.0 ${text}`)));
    fc.assert(fc.property(fc.integer({ min: 0, max: 10 ** 12 }), (version) => Number(columnsOf(`Mozilla/5.0 Chrome/${version}.0`)['browser_version']) <= 65_535));
  });
});
