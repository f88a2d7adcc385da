import { provisioningConfig } from '@atrium/platform/config';
import { runProvisioning } from '@atrium/platform/database';

await runProvisioning({ service: 'users', config: provisioningConfig }, process.env);
