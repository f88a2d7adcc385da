import { type AuthApp, startAuthApp } from './auth-app.js';
import { type AuthEngines, startAuthEngines } from './auth-engines.js';
import { openQueues, type Queues } from './auth-queues.js';
import { People } from './people.js';

/** Auth at work on engines of its own, the other services' side of its queues, and the people who come to it. */
export class AuthBench {
  readonly people = new People(this);

  private constructor(
    readonly engines: AuthEngines,
    readonly queues: Queues,
    private readonly environment: Record<string, string>,
    private running: AuthApp,
  ) {}

  /** Limits of sign-in are out of the way unless the environment brings them back. */
  static async start(environment: Record<string, string> = { LIMIT_SCALE: '1000' }, stateUrl?: string): Promise<AuthBench> {
    const engines = await startAuthEngines(stateUrl);
    const queues = await openQueues(engines.sqsEndpoint);
    return new AuthBench(engines, queues, environment, await startAuthApp(engines, environment));
  }

  get app(): AuthApp['app'] {
    return this.running.app;
  }

  get logs(): AuthApp['logs'] {
    return this.running.logs;
  }

  get request(): AuthApp['request'] {
    return this.running.request;
  }

  /** Stops the service, and starts it anew once `meanwhile` is over. */
  async restart(meanwhile: () => Promise<void> = async () => undefined): Promise<void> {
    await this.running.stop();
    await meanwhile();
    this.running = await startAuthApp(this.engines, this.environment);
  }

  async stop(): Promise<void> {
    await this.running.stop();
    this.queues.stop();
    await this.engines.stop();
  }
}
