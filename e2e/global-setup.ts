import { findFreePorts, IdentityIssuer, type RunningPlatform, startPlatform } from '@atrium/testing';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    platform: Pick<RunningPlatform, 'gateway' | 'mail' | 'ports' | 'pids' | 'dataDir' | 'demo'>;
    /** URL of the issuer that the platform knows as `acme`. */
    issuer: string;
  }
}

/** One platform for all suites that don't break it, and an issuer that people can sign in with. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const ports = await findFreePorts();
  const issuer = await IdentityIssuer.start({ redirectUris: [`http://localhost:${ports.gateway}/api/v1/auth/oauth/acme/callback`] });
  const platform = await startPlatform({ ports, oauthProviders: [issuer.settings('acme', 'Acme')] });
  const { gateway, mail, pids, dataDir, demo } = platform;
  project.provide('platform', { gateway, mail, ports, pids, dataDir, demo });
  project.provide('issuer', issuer.url);
  return async () => {
    await platform.stop();
    await issuer.stop();
    platform.removeData();
  };
}
