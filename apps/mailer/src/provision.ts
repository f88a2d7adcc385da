import { provisioningConfig } from '@atrium/platform/config';
import { runProvisioning } from '@atrium/platform/database';

await runProvisioning({ service: 'mailer', config: provisioningConfig }, process.env);
