import { findFreePorts, IdentityIssuer, type RunningPlatform, startPlatform } from '@atrium/testing';
import type { TestProject } from 'vitest/node';
import { startAppOrigin } from './app-origin.js';

declare module 'vitest' {
  interface ProvidedContext {
    platform: Pick<RunningPlatform, 'gateway' | 'mail' | 'ports' | 'pids' | 'dataDir' | 'demo'>;
    /** URL of the issuer that the platform knows as `acme`. */
    issuer: string;
    /** Of a web app that the platform knows. */
    appOrigin: string;
  }
}

/** One platform for all suites that don't break it, and an issuer that people can sign in with. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const ports = await findFreePorts();
  const issuer = await IdentityIssuer.start({ redirectUris: [`http://localhost:${ports.gateway}/api/v1/auth/oauth/acme/callback`] });
  const app = await startAppOrigin();
  const platform = await startPlatform({
    ports,
    oauthProviders: [issuer.settings('acme', 'Acme')],
    environment: { CORS_ORIGINS: app.origin },
  });
  const { gateway, mail, pids, dataDir, demo } = platform;
  project.provide('platform', { gateway, mail, ports, pids, dataDir, demo });
  project.provide('issuer', issuer.url);
  project.provide('appOrigin', app.origin);
  return async () => {
    await platform.stop();
    await issuer.stop();
    app.stop();
    platform.removeData();
  };
}
