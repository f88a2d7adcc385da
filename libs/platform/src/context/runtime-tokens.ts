/** Dependency-injection token of the process's pino logger. */
export const LOGGER = Symbol('Logger');
/** Dependency-injection token of the process's metrics. */
export const METRICS = Symbol('Metrics');
