// The characters of XML 1.0, which SQS still allows and no others; a lone surrogate matches as well and is refused.
const FORBIDDEN = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u;

// Most texts are base64 or ASCII JSON, which a pattern without code points reads several times as fast.
const UNUSUAL = /[^\t\n\r -~]/;

export function isAllowedText(text: string): boolean {
  return !UNUSUAL.test(text) || !FORBIDDEN.test(text);
}
