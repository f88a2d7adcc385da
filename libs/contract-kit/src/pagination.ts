import { z } from 'zod';

/** Query of a page list (`?page=1&page_size=20`). */
export const pageQuery = z.strictObject({
  page: z.coerce.number().int().min(1).max(1_000_000).default(1),
  page_size: z.coerce.number().int().min(1).max(100).default(20),
});

/** Answer of a page list. */
export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({
    data: z.array(item),
    pagination: z.object({
      page: z.int(),
      page_size: z.int(),
      total_pages: z.int(),
      total_count: z.int(),
    }),
  });

/** Query of a long list (`?limit=50&cursor=…`). Cursors are opaque and bound to the organization and the query. */
export const cursorQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(50),
  cursor: z.string().max(1024).optional(),
});

/** Answer of a long list; `next_cursor` is null on the last page. */
export const cursorPageOf = <T extends z.ZodType>(item: T) =>
  z.object({ data: z.array(item), next_cursor: z.string().nullable() });
