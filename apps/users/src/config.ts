import { databaseEnvironment, messagingEnvironment, processEnvironment, tokenEnvironment } from '@atrium/platform/config';
import { z } from 'zod';

export const usersConfig = z.object({
  ...processEnvironment,
  ...tokenEnvironment,
  ...databaseEnvironment,
  ...messagingEnvironment,
});
export type UsersConfig = z.output<typeof usersConfig>;

/** What the migration task reads. */
export const migrationConfig = z.object({
  AWS_REGION: processEnvironment.AWS_REGION,
  DATABASE_TLS: databaseEnvironment.DATABASE_TLS,
  /** As DATABASE_SECRET_ID, of the role that owns the schema. */
  DATABASE_OWNER_SECRET_ID: z.string(),
});
