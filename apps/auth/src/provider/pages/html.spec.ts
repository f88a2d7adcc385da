import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { html } from './html.js';

describe('a page', () => {
  it('shows no text as markup, in an element or an attribute', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const { markup } = html`<p title="${text}">${text}</p>`;
        expect(markup.match(/[<>"']/g)?.join('')).toBe('<"">' + '<>');
      }),
    );
    expect(html`<b>${'<script>"\'&'}</b>`.markup).toBe('<b>&lt;script&gt;&quot;&#39;&amp;</b>');
  });

  it('holds markup that was made by it as it is', () => {
    expect(html`<ul>${['a', '<'].map((text) => html`<li>${text}</li>`)}</ul>`.markup).toBe('<ul><li>a</li><li>&lt;</li></ul>');
  });
});
