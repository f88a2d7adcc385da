import { databaseEnvironment, messagingEnvironment, processEnvironment, tokenEnvironment } from '@atrium/platform/config';
import { z } from 'zod';

export const usersConfig = z.object({
  ...processEnvironment,
  ...tokenEnvironment,
  ...databaseEnvironment,
  ...messagingEnvironment,
});
export type UsersConfig = z.output<typeof usersConfig>;
