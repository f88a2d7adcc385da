import type { z } from 'zod';
import { detailsOfZodError } from '../errors/index.js';
import { SecretError } from './secret-error.js';

/** Parses a secret's text. The causes are dropped on purpose: a JSON parse error quotes the text. */
export function parseSecret<S extends z.ZodType>(secretId: string, text: string, schema: S): z.output<S> {
  const parsed = schema.safeParse(parseJson(secretId, text));
  if (parsed.success) return parsed.data;
  const fields = detailsOfZodError(parsed.error).map(({ field }) => field || '(whole)');
  throw new SecretError(secretId, 'invalid', `these fields are missing or not valid: ${[...new Set(fields)].join(', ')}`);
}

function parseJson(secretId: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new SecretError(secretId, 'invalid', 'the content is not JSON');
  }
}
