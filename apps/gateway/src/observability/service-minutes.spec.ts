import type { EndpointSuccess } from '@atrium/contract-kit';
import { createLogger } from '@atrium/platform/logging';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ServiceMinutes } from './service-minutes.js';

const success: EndpointSuccess = { status: 200, description: 'done' };
const stream: EndpointSuccess = { ...success, stream: { type: 'text/event-stream' } };

/** What is written a minute later. */
function minuteOf(count: (minutes: ServiceMinutes) => void): unknown[] {
  vi.useFakeTimers();
  const logger = createLogger({ service: 'gateway', level: 'silent' });
  const info = vi.spyOn(logger, 'info');
  const minutes = new ServiceMinutes(logger);
  count(minutes);
  vi.advanceTimersByTime(60_000);
  minutes.stop();
  return info.mock.calls.map(([line]) => line);
}
afterEach(() => void vi.useRealTimers());

describe('the line a minute', () => {
  it('counts requests, 5xx and what took more than a second, by service, once', () => {
    const lines = minuteOf((minutes) => {
      minutes.count({ service: 'auth', success }, 200, 20);
      minutes.count({ service: 'auth', success }, 503, 20);
      minutes.count({ service: 'auth', success }, 200, 1_001);
      minutes.count({ service: 'events', success }, 404, 5);
    });
    expect(lines).toEqual([
      { traffic: { service: 'auth', requests: 3, errors: 1, slow: 1 } },
      { traffic: { service: 'events', requests: 1, errors: 0, slow: 0 } },
    ]);
  });

  it('calls nothing slow that lasts by its nature, or that nobody waited for', () => {
    const lines = minuteOf((minutes) => {
      minutes.count({ service: 'events', success: stream }, 200, 60_000);
      minutes.count({ service: 'events', success }, 499, 60_000);
    });
    expect(lines).toEqual([{ traffic: { service: 'events', requests: 2, errors: 0, slow: 0 } }]);
  });

  it('is not written where nothing came', () => expect(minuteOf(() => undefined)).toEqual([]));
});
