import { ConfigError } from '../config/index.js';
import { createLogger } from './logger.js';

/** Ends the process with 1. A bad configuration is told as its list of problems alone; another error as a log line. */
export function exitWithReason(error: unknown, service: string, what: string): never {
  if (error instanceof ConfigError) process.stderr.write(`${error.message}\n`);
  else createLogger({ service, level: 'fatal' }).fatal({ err: error }, what);
  process.exit(1);
}
