import { runService } from '@atrium/platform/http';
import { eventsConfig } from './config.js';
import { EventsModule } from './events.module.js';

await runService({ service: 'events', config: eventsConfig, module: (config) => EventsModule.forRoot(config) }, process.env);
