// Loaded into each service before its program. Node writes the compile cache when a process ends, file by file: at the
// first stop that takes seconds of the few that a stop has. It is written while the service is at rest instead.
import { flushCompileCache } from 'node:module';

const atRestAfterMs = 3_000;

setTimeout(flushCompileCache, atRestAfterMs).unref();
