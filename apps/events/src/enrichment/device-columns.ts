import Bowser from 'bowser';
import { isbot } from 'isbot';
import { LRUCache } from 'lru-cache';

/** Distinct user agents whose columns are remembered; a site's visitors share some hundreds. */
const maxRemembered = 10_000;
const remembered = new LRUCache<string, string>({ max: maxRemembered });

/** Characters that are looked at. */
const longest = 512;

/**
 * Programs that send for others name their library; only browsers (and the crawlers that pose as them) and Android's
 * runtime name a device.
 */
const namesDevice = /^(?:Mozilla|Opera|Dalvik)\//;

const major = (version: string | undefined): number => {
  const number = parseInt(version ?? '', 10);
  return number > 0 && number <= 65_535 ? number : 0;
};

function parse(userAgent: string): string {
  const { browser, os, platform } = Bowser.parse(userAgent);
  const isBot = isbot(userAgent);
  const columns = {
    browser: browser.name ?? '',
    browser_version: major(browser.version),
    os: os.name ?? '',
    os_version: os.version ?? '',
    device_type: isBot ? 'bot' : (platform.type ?? ''),
    is_bot: isBot,
  };
  return `,${JSON.stringify(columns).slice(1, -1)}`;
}

/** The columns of the device that a user agent names, as a part of a line; nothing where it names none. */
export function deviceColumns(userAgent: string): string {
  if (!namesDevice.test(userAgent)) return '';
  const key = userAgent.slice(0, longest);
  const known = remembered.get(key);
  if (known !== undefined) return known;
  const columns = parse(key);
  remembered.set(key, columns);
  return columns;
}
