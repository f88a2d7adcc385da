import { runService } from '@atrium/platform/http';
import { AuthModule } from './auth.module.js';
import { authConfig } from './config.js';

await runService({ service: 'auth', config: authConfig, module: (config) => AuthModule.forRoot(config) }, process.env);
