import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

export interface MetricSettings {
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly string[];
}

export interface GaugeSettings extends MetricSettings {
  /** Sets the value when the metrics are read; must not reject. */
  readonly collect?: (gauge: Gauge) => Promise<void> | void;
}

export interface HistogramSettings extends MetricSettings {
  /** Upper bounds, in the unit of the name. */
  readonly buckets?: readonly number[];
}

/** The metrics of one process. Asking twice for one name gives the same metric. */
export interface Metrics {
  counter(settings: MetricSettings): Counter;
  gauge(settings: GaugeSettings): Gauge;
  histogram(settings: HistogramSettings): Histogram;
  /** All of them in the text format of Prometheus. */
  text(): Promise<string>;
  readonly contentType: string;
}

/** Seconds; from a cached answer to a slow one. */
const defaultBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

class PrometheusMetrics implements Metrics {
  private readonly registry = new Registry();
  private readonly counters = new Map<string, Counter>();
  private readonly gauges = new Map<string, Gauge>();
  private readonly histograms = new Map<string, Histogram>();
  readonly contentType = this.registry.contentType;

  constructor(service: string, processMetrics: boolean) {
    this.registry.setDefaultLabels({ service });
    if (processMetrics) collectDefaultMetrics({ register: this.registry });
  }

  counter(settings: MetricSettings): Counter {
    return once(this.counters, settings.name, () => new Counter(this.configuration(settings)));
  }

  gauge({ collect, ...settings }: GaugeSettings): Gauge {
    return once(this.gauges, settings.name, () => {
      const configuration = this.configuration(settings);
      if (!collect) return new Gauge(configuration);
      const gauge: Gauge = new Gauge({ ...configuration, collect: () => collect(gauge) });
      return gauge;
    });
  }

  histogram(settings: HistogramSettings): Histogram {
    const buckets = [...(settings.buckets ?? defaultBuckets)];
    return once(this.histograms, settings.name, () => new Histogram({ ...this.configuration(settings), buckets }));
  }

  text(): Promise<string> {
    return this.registry.metrics();
  }

  private configuration({ name, help, labels }: MetricSettings) {
    return { name, help, labelNames: [...(labels ?? [])], registers: [this.registry] };
  }
}

function once<T>(made: Map<string, T>, name: string, make: () => T): T {
  const existing = made.get(name);
  if (existing !== undefined) return existing;
  const created = make();
  made.set(name, created);
  return created;
}

/** A registry of its own, labelled with the service; `processMetrics` adds CPU, memory and event-loop lag. */
export const createMetrics = (service: string, { processMetrics = true } = {}): Metrics => new PrometheusMetrics(service, processMetrics);
