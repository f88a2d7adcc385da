import { runService } from '@atrium/platform/http';
import { usersConfig } from './config.js';
import { UsersModule } from './users.module.js';

await runService({ service: 'users', config: usersConfig, module: (config) => UsersModule.forRoot(config) }, process.env);
