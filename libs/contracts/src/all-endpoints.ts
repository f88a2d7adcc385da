import type { EndpointDefinition } from '@atrium/contract-kit';
import { authEndpoints } from './auth/index.js';
import { eventsEndpoints } from './events/index.js';
import { galleryEndpoints } from './gallery/index.js';
import { usersEndpoints } from './users/index.js';


/** The whole public face, in the order of the documentation. */
export const allEndpoints: readonly EndpointDefinition[] = [
  ...Object.values(authEndpoints),
  ...Object.values(usersEndpoints),
  ...Object.values(galleryEndpoints),
  ...Object.values(eventsEndpoints),
];
