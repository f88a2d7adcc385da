import type { Message } from './message-store.js';

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escape = (value: string): string => value.replace(/[&<>"']/g, (character) => escapes[character] ?? character);

const row = ({ from, to, subject, text, received_at }: Message): string =>
  `<details><summary>${escape(received_at)} · <b>${escape(subject)}</b> · to ${escape(to.join(', '))}</summary>`
  + `<p>from ${escape(from)}</p><pre>${escape(text)}</pre></details>`;

/** The page that lists the mails. Nothing of a mail is markup here, and the policy allows no script. */
export function renderInboxPage(messages: Message[]): string {
  return (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>Mail inbox</title>' +
    '<style>body{font:15px system-ui;max-width:60rem;margin:2rem auto;padding:0 1rem}' +
    'details{border-bottom:1px solid #ddd;padding:.5rem 0}pre{white-space:pre-wrap}</style>' +
    `<h1>Mail inbox</h1>${messages.map(row).join('') || '<p>No mail yet.</p>'}</html>`
  );
}

export const inboxPagePolicy = "default-src 'none'; style-src 'unsafe-inline'";
