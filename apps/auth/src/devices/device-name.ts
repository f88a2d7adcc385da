import bowser from 'bowser';

const longest = 40;

/** Roughly what a device is, by what it says of itself: `Firefox on Linux`, `curl/8.5.0`; null where it says nothing. */
export function deviceName(userAgent: string | null): string | null {
  if (userAgent === null || userAgent.trim() === '') return null;
  // A client app's session goes by the name of the app.
  if (userAgent.startsWith('App: ')) return userAgent.slice(0, longest);
  const { browser, os } = bowser.parse(userAgent);
  const parts = [browser.name, os.name].filter((part) => part !== undefined && part !== '');
  const name = browser.name && os.name ? parts.join(' on ') : (userAgent.trim().split(/\s+/, 1)[0] ?? '');
  return name.slice(0, longest);
}
