import { errorCodes } from '@atrium/contract-kit';
import type { BatchVerdict } from '@atrium/contracts/gallery';

type Code = NonNullable<BatchVerdict['code']>;

export const done = (id: string): BatchVerdict => ({ id, status: 'done' });

/** Another's, and a missing one, look the same. */
export const notThere = (id: string): BatchVerdict => ({ id, status: 'not_found', code: 'NOT_FOUND', message: 'There is no such asset.' });

export const refused = (id: string, code: Code, message: string = errorCodes[code].message): BatchVerdict => ({ id, status: 'refused', code, message });

export const batchConflict = (id: string, code: Code, message: string = errorCodes[code].message): BatchVerdict => ({ id, status: 'conflict', code, message });
