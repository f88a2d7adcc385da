/** Names that S3 gives a missing object: HEAD has no body to say more in. */
const missing = new Set(['NotFound', 'NoSuchKey']);

export const isMissing = (error: unknown): boolean => error instanceof Error && missing.has(error.name);
