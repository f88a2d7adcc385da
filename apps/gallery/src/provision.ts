import { provisioningConfig } from '@atrium/platform/config';
import { runProvisioning } from '@atrium/platform/database';

await runProvisioning({ service: 'gallery', config: provisioningConfig }, process.env);
