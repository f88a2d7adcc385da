import { z } from 'zod';
import { errorCodes, type ErrorCode } from './error-codes.js';

const codes = Object.keys(errorCodes) as [ErrorCode, ...ErrorCode[]];

/** One offending input field: `field` is a dotted path from the body's (or query's) root, `''` for the whole. */
export const errorDetail = z.object({ field: z.string(), message: z.string() });
export type ErrorDetail = z.output<typeof errorDetail>;

/** The one shape of every error answer, whatever the service. */
export const errorEnvelope = z
  .object({
    error: z.object({
      code: z.enum(codes),
      message: z.string(),
      details: z.array(errorDetail),
      request_id: z.string(),
    }),
  })
  .meta({ id: 'Error' });
export type ErrorEnvelope = z.output<typeof errorEnvelope>;
