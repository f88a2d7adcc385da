/** Control characters, and those that reverse or hide text; joiners stay, since some scripts need them. */
const unprintable = /(?:(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}])+/gu;
/** What cutting may leave of a character. */
const loneSurrogates = /\p{Cs}/gu;
/** What mail programs recognise addresses by, inside a word. */
const linkMakers = /([.:/@\\])(?=\S)/g;
const wordJoiner = '\u2060';

/**
 * A name that people chose, fit for a mail of ours: one line, bounded, and nothing that a mail program would turn into a
 * link (an invisible word joiner breaks it). Escape it for HTML besides.
 */
export const foreignText = (text: string, maxLength = 120): string =>
  text
    .normalize('NFKC')
    .replace(unprintable, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, maxLength)
    .replace(loneSurrogates, '')
    .replace(linkMakers, `$1${wordJoiner}`);

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => entities[character] ?? '');
