export { startSqs, type SqsOptions, type SqsServer } from './sqs-server.js';
