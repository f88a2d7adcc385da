import { endpoint } from '@atrium/contract-kit';

export const exportFiles = endpoint({
  operationId: 'gallery.exportFiles',
  service: 'gallery',
  method: 'GET',
  path: '/api/v1/gallery/me/export',
  summary: 'What oneself has uploaded, put together and shared, in every organization',
  description: 'A line of JSON each, with its kind and org_id: assets, then albums, then shares, oldest first.',
  access: { kind: 'signed-in' },
  limit: { requests: 30, windowSeconds: 3600, per: 'principal' },
  success: { status: 200, description: 'The list', file: { type: 'application/x-ndjson', name: 'files.ndjson' } },
  errors: [],
});
