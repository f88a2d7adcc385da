import { decodeKeyCursor } from '@atrium/platform/http';
import { z } from 'zod';
import type { UserOrder, UserPosition } from './user-order.js';

/** What PostgreSQL reads without an error: no NUL, and no year 0. */
const keys = {
  email: z.string().max(254).regex(/^[^\0]*$/),
  time: z.iso.datetime({ precision: 6 }).regex(/^(?!0000)/).nullable(),
};

/** @throws DomainError VALIDATION_ERROR when the cursor is not one, or of another list */
export const decodeCursor = (list: string, order: UserOrder, cursor: string): UserPosition =>
  decodeKeyCursor<string | null>(list, order.endsWith('email') ? keys.email : keys.time, cursor);
