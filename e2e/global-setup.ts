import { type RunningPlatform, startPlatform } from '@atrium/testing';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    platform: Pick<RunningPlatform, 'gateway' | 'mail' | 'ports' | 'pids' | 'dataDir' | 'demo'>;
  }
}

/** One platform for all suites that don't break it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const platform = await startPlatform();
  const { gateway, mail, ports, pids, dataDir, demo } = platform;
  project.provide('platform', { gateway, mail, ports, pids, dataDir, demo });
  return async () => {
    await platform.stop();
    platform.removeData();
  };
}
