import type { EventsConfig } from '../config.js';
import { AnalystDirectory } from './analyst-directory.js';
import { ANALYSTS_PORT, AnalystDoor } from './analyst-door.js';
import { AnalystQueries } from './analyst-queries.js';
import { AnalystRepository } from './analyst.repository.js';
import { ANALYSTS_URL, AnalystService } from './analyst.service.js';

/** Tools' accounts, and the port on which they connect. */
export const analystProviders = ({ ANALYSTS_PORT: port, ANALYSTS_URL: url, HOST: host }: EventsConfig) => [
  { provide: ANALYSTS_PORT, useValue: port === undefined ? undefined : { host, port } },
  { provide: ANALYSTS_URL, useValue: port === undefined ? undefined : new URL(url ?? `http://localhost:${port}`) },
  AnalystRepository,
  AnalystDirectory,
  AnalystService,
  AnalystQueries,
  AnalystDoor,
];
