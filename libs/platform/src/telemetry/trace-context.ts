import { context, isSpanContextValid, propagation, ROOT_CONTEXT, type SpanContext, trace } from '@opentelemetry/api';

/** W3C Trace Context, as it travels in headers, messages and rows. */
export interface TraceCarrier {
  readonly traceparent?: string;
}

/** The span context at hand, if it has valid ids. */
function currentSpanContext(): SpanContext | undefined {
  const spanContext = trace.getActiveSpan()?.spanContext();
  return spanContext && isSpanContextValid(spanContext) ? spanContext : undefined;
}

/** 32 hex digits, or undefined outside of a span. */
export const currentTraceId = (): string | undefined => currentSpanContext()?.traceId;

/** What to send along so that the receiver's spans join this trace; empty outside of a span. */
export function injectTraceContext(): TraceCarrier {
  const carrier: { traceparent?: string } = {};
  propagation.inject(context.active(), carrier);
  return carrier.traceparent === undefined ? {} : { traceparent: carrier.traceparent };
}

/** The OpenTelemetry context that a carrier describes; an invalid `traceparent` starts a new trace. */
export const contextOf = (carrier: TraceCarrier) =>
  carrier.traceparent === undefined ? ROOT_CONTEXT : propagation.extract(ROOT_CONTEXT, carrier);

/** Runs `work` as a continuation of the carrier's trace. */
export const runWithTraceContext = <T>(carrier: TraceCarrier, work: () => T): T => context.with(contextOf(carrier), work);
