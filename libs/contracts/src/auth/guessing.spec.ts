import type { EndpointDefinition } from '@atrium/contract-kit';
import { expect, it } from 'vitest';
import { authEndpoints } from './index.js';

const { login, loginSecondFactor, redeemOauthCode, finishPasskeyLogin, interactionLogin, interactionSecondFactor } = authEndpoints;

it.each<EndpointDefinition>([login, loginSecondFactor, redeemOauthCode, finishPasskeyLogin, interactionLogin, interactionSecondFactor])(
  '$operationId counts against the general limit of an address, so that no way to sign in has more tries than another',
  ({ limit }) => {
    expect(limit?.alone ?? false).toBe(false);
  },
);
