// The users service.
import { SERVICE_URLS } from '../../apps/users/dist/people/export-sources.js';
import { usersControllers, usersProviders } from '../../apps/users/dist/users.providers.js';
import { issuer, serveAlone } from '../lib/service-alone.mjs';

await serveAlone({
  service: 'users',
  controllers: usersControllers,
  providers: [...usersProviders, { provide: SERVICE_URLS, useValue: { auth: issuer, gallery: issuer, events: issuer } }],
});
