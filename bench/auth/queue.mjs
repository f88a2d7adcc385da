// The local SQS in a process of its own, so that its time is not taken for the load generator's.
import { startSqs } from '@atrium/local';
import { tellReady } from '../lib/processes.mjs';

const { endpoint } = await startSqs({ databaseUrl: process.env.QUEUE_DATABASE_URL, port: 0 });
tellReady({ endpoint });
