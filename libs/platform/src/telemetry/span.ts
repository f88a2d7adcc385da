import { type Attributes, context, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { contextOf, type TraceCarrier } from './trace-context.js';

export interface SpanSettings {
  readonly kind?: SpanKind;
  readonly attributes?: Attributes;
  /** Continues this trace instead of the one at hand. */
  readonly parent?: TraceCarrier;
}

/** A span whose begin and end lie in different callbacks, such as the hooks of an HTTP server. */
export interface OpenSpan {
  readonly span: Span;
  /** Runs `work`, and what it awaits, inside the span. */
  run<T>(work: () => T): T;
  /** Ends the span, as failed when an error is given. */
  end(error?: unknown): void;
}

const tracer = () => trace.getTracer('atrium');

function endSpan(span: Span, error?: unknown): void {
  if (error !== undefined && span.isRecording()) {
    span.recordException(error instanceof Error ? error : String(error));
    span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.name : 'error' });
  }
  span.end();
}

export function openSpan(name: string, settings: SpanSettings = {}): OpenSpan {
  const parent = settings.parent ? contextOf(settings.parent) : context.active();
  const span = tracer().startSpan(name, { kind: settings.kind, attributes: settings.attributes }, parent);
  const inside = trace.setSpan(parent, span);
  return { span, run: (work) => context.with(inside, work), end: (error) => endSpan(span, error) };
}

/** Runs `work` inside a new span; a rejection marks the span as failed and passes on. */
export async function withSpan<T>(name: string, settings: SpanSettings, work: (span: Span) => Promise<T>): Promise<T> {
  const { span, run, end } = openSpan(name, settings);
  try {
    const result = await run(() => work(span));
    end();
    return result;
  } catch (error) {
    end(error ?? new Error('rejected without a reason'));
    throw error;
  }
}

export { SpanKind };
