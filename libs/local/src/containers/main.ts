// S3, SQS, Secrets Manager and a mail inbox in one container, beside containers of the databases. See docker/compose.yml.
import { join } from 'node:path';
import type { Listening } from '../loopback-only.js';
import { startMailInbox } from '../mail/index.js';
import { startSecretsManager } from '../secrets-manager/index.js';
import { startSqs } from '../sqs/index.js';
import { openCredentials } from '../supervisor/credentials.js';
import { startLocalS3 } from '../supervisor/local-s3.js';
import { provisionQueues, provisionSecrets } from '../supervisor/provision.js';
import { region } from '../supervisor/service-environment.js';
import { uploadNotifier } from '../supervisor/upload-notifier.js';
import { containerSecrets } from './secret-values.js';
import { readContainerSettings } from './settings.js';

const settings = readContainerSettings(process.env);
const { dataDir, ports, container } = settings;
const listening: Listening = { host: container.LISTEN_HOST, names: container.LISTEN_NAMES };
const credentials = openCredentials(dataDir);

// The queues' messages are in the server's own database, away from the platform's.
const databaseUrl = `postgres://postgres:${credentials.postgres}@${container.POSTGRES_HOST}:${container.POSTGRES_PORT}/postgres`;
const sqs = await startSqs({ databaseUrl, port: ports.sqs, region, listening });
await provisionQueues(`http://127.0.0.1:${ports.sqs}`, credentials);
const uploads = uploadNotifier(ports.sqs, credentials);
const s3 = await startLocalS3(settings, credentials, uploads, listening);
const secrets = await startSecretsManager({ port: ports.secrets, dataDir: join(dataDir, 'secrets'), listening });
await provisionSecrets(`http://127.0.0.1:${ports.secrets}`, containerSecrets(settings, credentials), credentials);
// Last: its page tells that all the rest is there.
const mail = await startMailInbox({ smtpPort: ports.smtp, httpPort: ports.mail, dataDir: join(dataDir, 'mail'), listening });
process.stdout.write('S3, SQS, Secrets Manager and the mail inbox are up.\n');

async function stop(): Promise<void> {
  for (const engine of [mail, s3, secrets, sqs]) await engine.stop();
  uploads.close();
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop().then(() => process.exit(0)));
