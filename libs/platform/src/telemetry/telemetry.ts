import { context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { LazyOtlpExporter } from './lazy-otlp-exporter.js';

export interface TelemetrySettings {
  readonly service: string;
  /** Base URL of an OTLP/HTTP collector. Without it no span is recorded, but trace ids still flow. */
  readonly otlpEndpoint?: string;
  /** Share of new traces that are recorded, 0 to 1; a caller's own decision is kept. */
  readonly sampleRatio?: number;
}

export interface Telemetry {
  /** Sends what was recorded. */
  shutdown(): Promise<void>;
}

function createProvider(settings: TelemetrySettings): TracerProvider {
  const resource = resourceFromAttributes({ 'service.name': settings.service });
  if (settings.otlpEndpoint === undefined) return new TracerProvider({ resource, sampler: new AlwaysOffSampler() });
  return new TracerProvider({
    resource,
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(settings.sampleRatio ?? 1) }),
    spanProcessors: [new BatchSpanProcessor({ exporter: new LazyOtlpExporter(settings.otlpEndpoint) })],
  });
}

/**
 * Installs tracing for the process. The context manager and the propagator stay installed: several services that share
 * a process (in tests) may start and stop in any order; spans go to the provider of the first that started.
 */
export function startTelemetry(settings: TelemetrySettings): Telemetry {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  const provider = createProvider(settings);
  const installed = trace.setGlobalTracerProvider(provider);
  return {
    shutdown: async () => {
      if (installed) trace.disable();
      await provider.shutdown();
    },
  };
}
