// The characters of XML 1.0, which SQS still allows and no others; a lone surrogate matches as well and is refused.
const FORBIDDEN = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u;

export function isAllowedText(text: string): boolean {
  return !FORBIDDEN.test(text);
}
