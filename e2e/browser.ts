import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';

const names = ['chromium', 'chromium-browser', 'google-chrome'];

const isProgram = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** The browser of this machine; undefined where there is none. */
export const browserProgram = (process.env['PATH'] ?? '')
  .split(delimiter)
  .flatMap((folder) => names.map((name) => join(folder, name)))
  .find(isProgram);

if (browserProgram === undefined) {
  console.warn('!! No Chromium on the PATH: what only a real browser shows is NOT tested (Debian: apt-get install chromium).');
}

/** Without a sandbox: containers lack what it needs, and the pages are our own. */
export const startBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: browserProgram ?? '', headless: true, chromiumSandbox: false });

/** Gives the page an authenticator of its own, which holds passkeys and verifies whoever is there (CDP's WebAuthn domain). */
export async function addAuthenticator(page: Page) {
  const session = await page.context().newCDPSession(page);
  await session.send('WebAuthn.enable');
  const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return {
    /** Passkeys that it holds. */
    count: async (): Promise<number> => (await session.send('WebAuthn.getCredentials', { authenticatorId })).credentials.length,
  };
}
