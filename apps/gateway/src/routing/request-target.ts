/** Anything but visible ASCII; a fragment, which is no part of a request's target (RFC 9112 §3.2). */
const malformed = /[^\u0021-\u007e]|#/;

/**
 * What one side may decode and the other not: escapes of NUL, dot, slash, backslash and of the percent sign that hides
 * them once more; dot segments, empty segments and backslashes as they are.
 */
const ambiguous = /%(?:00|2e|2f|5c|25)|\\|\/\.{1,2}(?:\/|$)|\/\//i;

/** Whether gateway and service could read the target differently; such requests are refused, never rewritten. */
export function isAmbiguousTarget(target: string): boolean {
  if (target.charCodeAt(0) !== 47 || malformed.test(target)) return true;
  const query = target.indexOf('?');
  return ambiguous.test(query === -1 ? target : target.slice(0, query));
}
