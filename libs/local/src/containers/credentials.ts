// Makes the passwords of the platform's containers at their first start, and gives each engine its own in the form that it reads.
import { createHash } from 'node:crypto';
import { chmodSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { openDataFolder, writeFileDurably } from '../data-folder.js';
import { openCredentials } from '../supervisor/credentials.js';

const [dataDir, shared] = process.argv.slice(2);
if (!dataDir || !shared) throw new Error('Usage: credentials.js <folder of all passwords> <folder of what the engines read>');

openDataFolder(dataDir, 'Atrium');
const { postgres, clickhouse, aws } = openCredentials(dataDir);
const sha256 = createHash('sha256').update(clickhouse.admin).digest('hex');

const files = {
  'postgres/password': postgres,
  // The one user of a new server: the administrator, who makes the others.
  'clickhouse/admin.xml': `<clickhouse><users>
  <default remove="remove"/>
  <admin>
    <password_sha256_hex>${sha256}</password_sha256_hex>
    <networks><ip>::/0</ip></networks>
    <profile>default</profile><quota>default</quota>
    <access_management>1</access_management><named_collection_control>1</named_collection_control>
  </admin>
</users></clickhouse>
`,
  'aws/credentials': `[default]\naws_access_key_id = ${aws.accessKeyId}\naws_secret_access_key = ${aws.secretAccessKey}\n`,
};

for (const [name, content] of Object.entries(files)) {
  const path = join(shared, name);
  if (existsSync(path)) continue;
  openDataFolder(join(path, '..'), 'Atrium', 0o755);
  writeFileDurably(path, content);
  // Each engine has a user of its own, and sees this one folder alone.
  chmodSync(path, 0o444);
}
