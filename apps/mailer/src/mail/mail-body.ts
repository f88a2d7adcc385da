import { escapeHtml } from './foreign-text.js';

/** What a mail says, in both its forms. */
export interface MailContent {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

interface MailParts {
  readonly subject: string;
  readonly greeting: string;
  readonly paragraph: string;
  /** The link that the mail is for, if it is for one. */
  readonly action?: { readonly label: string; readonly url: string };
  /** Plain sentences below the action. */
  readonly notes: readonly string[];
}

/** `2026-11-21T10:00:00.000Z` → `21 November 2026 at 10:00 UTC`. */
export const readableTime = (iso: string): string =>
  `${new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' }).format(new Date(iso))} UTC`;

const paragraphOf = (text: string): string => `<p style="margin:0 0 16px">${escapeHtml(text)}</p>`;

const linkOf = ({ label, url }: { readonly label: string; readonly url: string }): string => {
  const address = escapeHtml(url);
  return `<p style="margin:0 0 16px"><a href="${address}" style="color:#0b57d0">${escapeHtml(label)}</a></p>
<p style="margin:0 0 16px">If the link doesn't open, copy this address into your browser:<br>${address}</p>
`;
};

/** The same content as plain text and as HTML that needs no images, styles or scripts to be read. */
export function mailBody({ subject, greeting, paragraph, action, notes }: MailParts): MailContent {
  return {
    subject,
    text: [greeting, paragraph, ...(action ? [`${action.label}:\n${action.url}`] : []), ...notes].join('\n\n') + '\n',
    html: `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(subject)}</title></head>
<body style="margin:0;padding:24px;font:16px/1.5 system-ui,sans-serif;color:#1a1a1a;background:#ffffff">
<main style="max-width:560px">
${paragraphOf(greeting)}
${paragraphOf(paragraph)}
${action ? linkOf(action) : ''}${notes.map(paragraphOf).join('\n')}
</main>
</body>
</html>
`,
  };
}
