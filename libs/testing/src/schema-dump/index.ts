export { dumpClickHouse, dumpPostgresSchema } from './dump-schema.js';
