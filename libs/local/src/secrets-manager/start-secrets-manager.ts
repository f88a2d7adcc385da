import Fastify, { type FastifyInstance } from 'fastify';
import { z } from 'zod';
import { listenLocally } from '../fastify-server.js';
import { type Listening, onLoopback, refuseForeignHosts } from '../loopback-only.js';
import { AwsError, invalidParameter } from './aws-error.js';
import { operations } from './operations.js';
import { SecretStore } from './secret-store.js';

const contentType = 'application/x-amz-json-1.1';
const targetPrefix = 'secretsmanager.';

function parseBody(body: string | Buffer): unknown {
  try {
    return JSON.parse(String(body));
  } catch {
    throw new AwsError('SerializationException', 'The body is not JSON.');
  }
}

/** What the caller hears. Never a value: messages of zod name the field and the rule only. */
function asAwsError(error: unknown): AwsError {
  if (error instanceof AwsError) return error;
  if (error instanceof z.ZodError) {
    return invalidParameter(error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '));
  }
  return new AwsError('InternalServiceError', 'An error occurred on the server side.', 500);
}

function buildServer(store: SecretStore, listening: Listening): FastifyInstance {
  const server = Fastify({ forceCloseConnections: true, bodyLimit: 262_144 });
  refuseForeignHosts(server, listening);
  server.removeAllContentTypeParsers();
  // The unusual content type makes a browser ask first (CORS), and nobody answers that.
  server.addContentTypeParser(contentType, { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, parseBody(body));
    } catch (error) {
      done(asAwsError(error));
    }
  });
  server.setErrorHandler((error, _request, reply) => {
    const { type, message, statusCode } = asAwsError(error);
    return reply.code(statusCode).type(contentType).send(JSON.stringify({ __type: type, message, Message: message }));
  });
  server.post('/', (request, reply) => {
    const target = String(request.headers['x-amz-target'] ?? '');
    const run = target.startsWith(targetPrefix) ? operations.get(target.slice(targetPrefix.length)) : undefined;
    if (!run) {
      throw new AwsError('UnknownOperationException', `The local secrets manager does not know the operation ${target.slice(0, 100)}.`);
    }
    return reply.type(contentType).send(JSON.stringify(run(store, request.body)));
  });
  return server;
}

export interface RunningSecretsManager {
  /** For the SDK client's `endpoint`; any region and credentials will do. */
  endpoint: string;
  stop(): Promise<void>;
}

/**
 * AWS Secrets Manager's JSON 1.1 API over one file, readable by its owner alone. What was acknowledged
 * survives a kill. Throws LocalStackError for a port in use or a folder that cannot be used.
 */
export async function startSecretsManager(options: { port: number; dataDir: string; listening?: Listening }): Promise<RunningSecretsManager> {
  const { port, dataDir, listening = onLoopback } = options;
  const server = buildServer(new SecretStore(dataDir), listening);
  const endpoint = await listenLocally(server, port, 'the secrets manager', listening);
  return { endpoint, stop: () => server.close() };
}
