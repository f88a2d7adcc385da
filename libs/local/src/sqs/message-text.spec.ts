import { expect, it } from 'vitest';
import { isAllowedText } from './message-text.js';

it.each(['tab \t line \n\r', 'ü €', '\uE000', '\uFFFD', '🎉'])('text such as %j is allowed', (text) => {
  expect(isAllowedText(text)).toBe(true);
});

it.each(['\u0000', '\u000B', '\u001F', '\uFFFE', '\uFFFF', 'lone \uD83C', '\uDF89 lone'])('text such as %j is refused', (text) => {
  expect(isAllowedText(text)).toBe(false);
});
