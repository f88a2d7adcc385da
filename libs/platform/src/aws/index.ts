export * from './s3-client.js';
export * from './sqs-client.js';
