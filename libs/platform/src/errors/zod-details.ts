import type { ErrorDetail } from '@atrium/contract-kit';
import type { z } from 'zod';

/** One detail per offending field; unknown keys are named one by one. */
export function detailsOfZodError(error: z.ZodError, prefix = ''): ErrorDetail[] {
  return error.issues.flatMap((issue) => {
    const path = [...(prefix ? [prefix] : []), ...issue.path.map(String)];
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({ field: [...path, key].join('.'), message: 'is not a known field' }));
    }
    return [{ field: path.join('.'), message: issue.message }];
  });
}
