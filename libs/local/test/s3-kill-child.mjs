// An S3 in a process of its own, to be killed. Runs from source: node:module resolves `.js` to `.ts`, Node strips the types.
import { registerHooks } from 'node:module';

registerHooks({
  resolve: (specifier, context, next) =>
    next(specifier.startsWith('.') && context.parentURL?.endsWith('.ts') ? specifier.replace(/\.js$/, '.ts') : specifier, context),
});
const { startS3 } = await import('../src/s3/index.ts');
const { endpoint } = await startS3({
  dataDir: process.argv[2],
  port: 0,
  credentials: { accessKeyId: 'AKIDLOCAL', secretAccessKey: 'local-secret-key' },
  region: 'eu-central-1',
  // The queue is never reached: every notification is still owed when the process dies.
  buckets: [{ name: 'quarantine', notify: { events: ['s3:ObjectCreated:*'], send: () => new Promise(() => undefined) } }],
});
process.send(endpoint);
