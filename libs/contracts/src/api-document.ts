import { type JsonSchema, openApiDocument } from '@atrium/contract-kit';
import { allEndpoints } from './all-endpoints.js';

/** The OpenAPI 3.0.3 document of the whole public face, as the gateway serves it and `api_specs.yml` holds it. */
export const apiDocument = (publicUrl: string): JsonSchema =>
  openApiDocument(
    {
      title: 'Atrium',
      version: '1.0.0',
      description:
        'Sign-in, people and permissions, files and product events of many organizations, behind one gateway. Times are ISO 8601 in UTC, ids are UUIDs, errors have one shape.',
      tags: {
        auth: 'Registration, sign-in, sessions and signing keys',
        events: 'Product events: sources, ingestion, queries',
        gallery: 'Files: presigned uploads, verification, downloads',
        users: 'People, organizations, sites, roles, invitations',
      },
      servers: [{ url: publicUrl, description: 'The gateway' }],
    },
    allEndpoints,
  );
