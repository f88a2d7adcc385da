import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';

/** Loads the OTLP exporter with the first batch: a process that starts or never exports doesn't pay for it. */
export class LazyOtlpExporter implements SpanExporter {
  private exporter: Promise<SpanExporter> | undefined;

  /** `endpoint` is the collector's base URL, e.g. `http://127.0.0.1:4318`. */
  constructor(private readonly endpoint: string) {}

  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    this.load().then(
      (exporter) => exporter.export(spans, done),
      (error: unknown) => done({ code: ExportResultCode.FAILED, error: error instanceof Error ? error : new Error(String(error)) }),
    );
  }

  async forceFlush(): Promise<void> {
    await (await this.exporter)?.forceFlush?.();
  }

  async shutdown(): Promise<void> {
    await (await this.exporter)?.shutdown();
  }

  private load(): Promise<SpanExporter> {
    this.exporter ??= import('@opentelemetry/exporter-trace-otlp-http').then(
      ({ OTLPTraceExporter }) => new OTLPTraceExporter({ url: `${this.endpoint.replace(/\/+$/, '')}/v1/traces` }),
    );
    return this.exporter;
  }
}
