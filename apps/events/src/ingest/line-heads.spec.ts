import { describe, expect, it } from 'vitest';
import { LineHeads, withoutAddress } from './line-heads.js';

const chrome = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36';
const arrival = {
  orgId: 'o', siteId: 's', sourceId: 'c', receivedAt: 1, ip: '203.0.113.0', userAgent: 'analytics-node/3', requestId: 'r', traceId: '', retentionDays: 1,
};
const headOf = (context?: Record<string, unknown>, more: { addresses?: 'none'; ip?: string } = {}): Record<string, unknown> =>
  JSON.parse(`${new LineHeads({ ...arrival, ...more }).of({ event: 'e', context })}}`);

describe('where an event came from', () => {
  it('is the request, unless its context says otherwise', () => {
    expect(headOf()).toMatchObject({ ip: '203.0.113.0', user_agent: 'analytics-node/3' });
    expect(headOf()).not.toHaveProperty('browser');
    expect(headOf({ userAgent: chrome })).toMatchObject({ ip: '203.0.113.0', user_agent: chrome, browser: 'Chrome', browser_version: 126 });
    expect(headOf({ ip: '198.51.100.77' })).toMatchObject({ ip: '198.51.100.0', user_agent: 'analytics-node/3' });
  });

  it.each([[''], [5], [{}], [null], [['x']]])('is not what the context says in a wrong type: %j', (value) => {
    expect(headOf({ userAgent: value })).toMatchObject({ user_agent: 'analytics-node/3' });
    expect(headOf({ ip: value === null ? 'nonsense' : value })).toMatchObject({ ip: '' });
  });

  it('has no address where none is to be kept', () => {
    expect(headOf({ ip: '198.51.100.77' }, { addresses: 'none', ip: '' })).toMatchObject({ ip: '' });
  });

  it('leaves no full address in the context', () => {
    const event = { event: 'e', context: { ip: '198.51.100.77', page: {} } };
    expect(withoutAddress(event, arrival).context).toEqual({ ip: '198.51.100.0', page: {} });
    expect(withoutAddress(event, { ...arrival, addresses: 'none' }).context).toEqual({ ip: '', page: {} });
    expect(withoutAddress({ event: 'e', context: { ip: ['198.51.100.77'] } }, arrival).context).toEqual({ ip: '' });
    const other = { event: 'e', context: {} };
    expect(withoutAddress(other, arrival)).toBe(other);
  });
});
