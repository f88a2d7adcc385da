import { runService } from '@atrium/platform/http';
import { eventsWorkerConfig } from './config.js';
import { EventsWorkerModule } from './events-worker.module.js';

await runService(
  {
    service: 'events',
    role: 'worker',
    config: eventsWorkerConfig,
    module: (config) => EventsWorkerModule.forRoot(config),
  },
  process.env,
);
