import { isSpanContextValid, trace } from '@opentelemetry/api';
import { type DestinationStream, type Logger, type LoggerOptions, pino, stdTimeFunctions } from 'pino';
import { currentContext } from '../context/index.js';
import { maskPersonalData } from './mask-personal-data.js';
import { prettyStream } from './pretty-stream.js';
import { redactRecord } from './redact.js';

export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';

export interface LoggerSettings {
  readonly service: string;
  readonly level: LogLevel;
  /** For terminals, instead of one JSON object a line. */
  readonly pretty?: boolean;
  /** Standard output when absent. */
  readonly destination?: DestinationStream;
}

/** Ids of the unit of work at hand, so that a request's lines are found across services. */
function idsOfTheMoment(): Record<string, string> {
  const ids: Record<string, string> = {};
  const context = currentContext();
  if (context) {
    ids['request_id'] = context.requestId;
    if (context.userId !== undefined) ids['user_id'] = context.userId;
    if (context.orgId !== undefined) ids['org_id'] = context.orgId;
  }
  const span = trace.getActiveSpan()?.spanContext();
  if (span && isSpanContextValid(span)) {
    ids['trace_id'] = span.traceId;
    ids['span_id'] = span.spanId;
  }
  return ids;
}

const options = (settings: LoggerSettings): LoggerOptions => ({
  level: settings.level,
  base: { service: settings.service },
  timestamp: stdTimeFunctions.isoTime,
  mixin: idsOfTheMoment,
  // Errors are serialised by the walk below, wherever they stand; the message is no part of the record that it sees.
  serializers: { err: (value: unknown) => value, msg: (value: unknown) => (typeof value === 'string' ? maskPersonalData(value) : value) },
  formatters: {
    level: (label) => ({ level: label }),
    log: (record) => redactRecord(record),
  },
});

/** pino formats the bindings of a child only when its caller asks; every descendant inherits this `child` instead. */
function redactBindings(logger: Logger): Logger {
  const child = logger.child;
  logger.child = function (this: Logger, bindings: object, childOptions?: Parameters<typeof child>[1]) {
    return child.call(this, redactRecord(bindings), childOptions);
  } as typeof child;
  return logger;
}

/**
 * A logger of JSON lines: `time`, `level`, `service`, `msg`, the ids of the request and the trace, and the record.
 * Secrets, tokens and whole e-mail addresses never get out, at any depth.
 */
export function createLogger(settings: LoggerSettings): Logger {
  const destination = settings.destination ?? (settings.pretty ? process.stdout : undefined);
  if (!destination) return redactBindings(pino(options(settings)));
  return redactBindings(pino(options(settings), settings.pretty ? prettyStream(destination) : destination));
}
