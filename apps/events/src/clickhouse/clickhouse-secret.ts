import { z } from 'zod';

const user = z.object({ username: z.string(), password: z.string() });
const server = z.object({ url: z.url(), database: z.string() });

/** Secret of the users that serve: one inserts, one answers queries. */
export const clickHouseSecret = server.extend({ writer: user, reader: user });

/** Secret of the user that migrates. */
export const clickHouseOwnerSecret = server.extend(user.shape);
export type ClickHouseAccount = z.output<typeof clickHouseOwnerSecret>;
