import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createMetrics,
  currentTraceId,
  injectTraceContext,
  openSpan,
  runWithTraceContext,
  startTelemetry,
  withSpan,
  type Telemetry,
} from './index.js';

let telemetry: Telemetry;
beforeAll(() => {
  telemetry = startTelemetry({ service: 'test' });
});
afterAll(() => telemetry.shutdown());

const traceId = '0af7651916cd43dd8448eb211c80319c';
const traceparent = `00-${traceId}-b7ad6b7169203331-01`;

describe('trace context without an exporter', () => {
  it('gives a span valid ids and records nothing', async () => {
    await withSpan('work', {}, async (span) => {
      expect(currentTraceId()).toMatch(/^[0-9a-f]{32}$/);
      expect(span.isRecording()).toBe(false);
      expect(injectTraceContext().traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/);
    });
    expect(currentTraceId()).toBeUndefined();
    expect(injectTraceContext()).toEqual({});
  });

  it('keeps the trace of the caller through awaited work', async () => {
    const seen = await runWithTraceContext({ traceparent }, () =>
      withSpan('work', {}, async () => {
        await new Promise((resolve) => setImmediate(resolve));
        return [currentTraceId(), injectTraceContext().traceparent];
      }),
    );
    expect(seen[0]).toBe(traceId);
    expect(seen[1]).toContain(traceId);
    expect(seen[1]).not.toContain('b7ad6b7169203331');
  });

  it('starts a new trace for an invalid traceparent', async () => {
    await runWithTraceContext({ traceparent: '00-zz-1-1' }, () =>
      withSpan('work', {}, async () => expect(currentTraceId()).toMatch(/^[0-9a-f]{32}$/)),
    );
  });

  it('passes the failure of the work on', async () => {
    await expect(withSpan('work', {}, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  });

  it('spans callbacks that begin and end apart', () => {
    const open = openSpan('request', { parent: { traceparent } });
    expect(open.run(currentTraceId)).toBe(traceId);
    open.end();
  });
});

describe('metrics', () => {
  it('gives one metric to whoever asks for a name', async () => {
    const metrics = createMetrics('test', { processMetrics: false });
    metrics.counter({ name: 'jobs_total', help: 'Jobs.', labels: ['kind'] }).inc({ kind: 'a' });
    metrics.counter({ name: 'jobs_total', help: 'Jobs.', labels: ['kind'] }).inc({ kind: 'a' });
    metrics.gauge({ name: 'depth', help: 'Depth.', collect: (gauge) => gauge.set(7) });
    const text = await metrics.text();
    expect(text).toContain('jobs_total{kind="a",service="test"} 2');
    expect(text).toContain('depth{service="test"} 7');
  });

  it('describes the process by default', async () => {
    expect(await createMetrics('test').text()).toContain('process_resident_memory_bytes');
  });
});
