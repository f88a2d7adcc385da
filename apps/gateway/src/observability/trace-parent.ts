import type { OpenSpan } from '@atrium/platform/telemetry';

type SpanContext = ReturnType<OpenSpan['span']['spanContext']>;

/** The `traceparent` of a span (W3C Trace Context §3.2). */
export const traceparentOf = ({ traceId, spanId, traceFlags }: SpanContext): string =>
  `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
