const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

const escape = (text: string): string => text.replace(/[&<>"']/g, (sign) => escapes[sign] ?? '');

/** Markup that is safe as it is. */
export class Html {
  constructor(readonly markup: string) {}
}

type Value = string | Html | readonly Html[];

const markupOf = (value: Value): string => {
  if (typeof value === 'string') return escape(value);
  return value instanceof Html ? value.markup : value.map(({ markup }) => markup).join('');
};

/** Markup with values in it, each escaped unless it is markup itself. For texts and quoted attributes alone. */
export const html = (strings: TemplateStringsArray, ...values: readonly Value[]): Html =>
  new Html(strings.map((string, index) => string + (index < values.length ? markupOf(values[index] ?? '') : '')).join(''));
