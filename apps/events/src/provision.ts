import { runProvisioning } from '@atrium/platform/database';
import { clickHouseOwnerSecret, clickHouseSecret } from './clickhouse/clickhouse-secret.js';
import { ClickHouse } from './clickhouse/clickhouse.js';
import { provisionClickHouse } from './clickhouse/provision-clickhouse.js';
import { eventsProvisioningConfig } from './config.js';

await runProvisioning(
  {
    service: 'events',
    config: eventsProvisioningConfig,
    provisionMore: async (config, secrets) => {
      const administrator = new ClickHouse(() => secrets.getJson(config.CLICKHOUSE_ADMIN_SECRET_ID, clickHouseOwnerSecret));
      const migrator = await secrets.getJson(config.CLICKHOUSE_OWNER_SECRET_ID, clickHouseOwnerSecret);
      const { writer, reader } = await secrets.getJson(config.CLICKHOUSE_SECRET_ID, clickHouseSecret);
      await provisionClickHouse(administrator, { migrator: migrator.password, writer: writer.password, reader: reader.password });
    },
  },
  process.env,
);
