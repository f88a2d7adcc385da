import { databaseEnvironment, messagingEnvironment, processEnvironment, tokenEnvironment } from '@atrium/platform/config';
import { z } from 'zod';

export const usersConfig = z.object({
  ...processEnvironment,
  ...tokenEnvironment,
  ...databaseEnvironment,
  ...messagingEnvironment,
  /** Base URLs of the services that are asked, on a person's behalf, for what they hold of them. */
  AUTH_URL: z.url(),
  GALLERY_URL: z.url(),
  EVENTS_URL: z.url(),
});
export type UsersConfig = z.output<typeof usersConfig>;
