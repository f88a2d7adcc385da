// The gallery's API as it is.
import 'reflect-metadata';
import { createServiceApp, HealthRegistry } from '@atrium/platform/http';
import { createLogger } from '@atrium/platform/logging';
import { EnvironmentSecretsProvider } from '@atrium/platform/secrets';
import { createMetrics, startTelemetry } from '@atrium/platform/telemetry';
import { galleryConfig } from '../../apps/gallery/dist/config.js';
import { GalleryModule } from '../../apps/gallery/dist/gallery.module.js';
import { tellReady } from '../lib/processes.mjs';

const config = galleryConfig.parse(process.env);
startTelemetry({ service: 'gallery' });
const runtime = {
  logger: createLogger({ service: 'gallery', level: config.LOG_LEVEL }),
  metrics: createMetrics('gallery'),
  secrets: new EnvironmentSecretsProvider(process.env),
  health: new HealthRegistry(),
};
const app = await createServiceApp(GalleryModule.forRoot(config), runtime, { trustedProxies: [] });
await app.listen({ port: 0, host: '127.0.0.1' });
tellReady({ port: app.getHttpServer().address().port });
