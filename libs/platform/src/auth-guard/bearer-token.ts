/** The token of an `Authorization: Bearer` header (RFC 6750 §2.1), or undefined for none or another scheme. */
export function bearerToken(authorization: string | undefined): string | undefined {
  if (authorization === undefined || authorization.slice(0, 7).toLowerCase() !== 'bearer ') return undefined;
  return authorization.slice(7).trim();
}
