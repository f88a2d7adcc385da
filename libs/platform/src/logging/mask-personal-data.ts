const emails = /([\w.!#$%&'*+/=?^`{|}~-])[\w.!#$%&'*+/=?^`{|}~-]*@([a-z0-9-]+(?:\.[a-z0-9-]+)+)/gi;
const jsonWebTokens = /\beyJ[\w-]+\.[\w-]+\.[\w-]*/g;
const apiKeys = /\b(atr_[a-z]+_\w{6})\w+/g;
const clientSecrets = /\bacs_[\w-]+/g;
const bearerCredentials = /\b(bearer|basic)\s+[\w.~+/=:-]+/gi;
const secretParameters = /([?&](?:[\w-]*(?:token|secret|password|signature|key)|code|code_verifier|state|ticket)=)[^&\s"']+/gi;
// `"password":"x"`, `password=x`, `refresh_token: x` inside texts, such as an object printed into a message.
const namedSecrets = /((?:password|passwd|secret|token|write_?key|api_?key)\w*["']?\s*[:=]\s*["']?)(?!\[redacted\])[^\s"'&,}]+/gi;

/** `ann@example.com` → `a***@example.com`, anywhere in the text. */
export const maskEmail = (text: string): string => text.replace(emails, '$1***@$2');

/** The text without whole e-mail addresses, tokens and secret URL parameters. */
export function maskPersonalData(text: string): string {
  let masked = text;
  if (masked.includes('@')) masked = maskEmail(masked);
  if (masked.includes('eyJ')) masked = masked.replace(jsonWebTokens, '[token]');
  if (masked.includes('=')) masked = masked.replace(secretParameters, '$1[redacted]');
  if (masked.includes('atr_')) masked = masked.replace(apiKeys, '$1[redacted]');
  if (masked.includes('acs_')) masked = masked.replace(clientSecrets, 'acs_[redacted]');
  masked = masked.replace(namedSecrets, '$1[redacted]');
  return masked.replace(bearerCredentials, '$1 [redacted]');
}
