import type { LoggerService } from '@nestjs/common';
import type { Logger } from 'pino';

type Level = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace';

/** Lets the framework's own lines go the way of ours. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, ...rest: unknown[]): void {
    this.write('info', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('trace', message, rest);
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  /** Nest passes the context last, and for errors a stack before it. */
  private write(level: Level, message: unknown, rest: readonly unknown[]): void {
    const context = rest.findLast((part) => typeof part === 'string' && !part.includes('\n'));
    const stack = rest.find((part) => typeof part === 'string' && part.includes('\n'));
    const error = [message, ...rest].find((part) => part instanceof Error);
    const record = { ...(context !== undefined && { context }), ...(error ? { err: error } : stack !== undefined && { stack }) };
    if (typeof message === 'string') this.logger[level](record, message.replaceAll('%', '%%'));
    else if (message instanceof Error) this.logger[level](record, message.message.replaceAll('%', '%%'));
    else if (isRecord(message)) this.logger[level]({ ...record, ...message });
    else this.logger[level]({ ...record, detail: message });
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
