import { provisioningConfig } from '@atrium/platform/config';
import { runProvisioning } from '@atrium/platform/database';

await runProvisioning({ service: 'auth', config: provisioningConfig }, process.env);
