import { endpoint } from '@atrium/contract-kit';
import { z } from 'zod';

/** RFC 7517 §5. */
export const jwks = endpoint({
  operationId: 'auth.getJwks',
  service: 'auth',
  method: 'GET',
  path: '/.well-known/jwks.json',
  summary: 'Public keys that verify access tokens',
  access: { kind: 'public' },
  success: {
    status: 200,
    description: 'JSON Web Key Set: next, current and previous key',
    schema: z
      .object({
        keys: z.array(
          z.object({
            kty: z.literal('EC'),
            crv: z.literal('P-256'),
            x: z.string(),
            y: z.string(),
            kid: z.string(),
            alg: z.literal('ES256'),
            use: z.literal('sig'),
          }),
        ),
      })
      .meta({ id: 'Jwks' }),
  },
  errors: [],
});
