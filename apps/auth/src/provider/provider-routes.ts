/** Paths of the provider, from the gateway's root; those of the contract, as the library takes them. */
export const providerRoutes = {
  authorization: '/oidc/auth',
  end_session: '/oidc/session/end',
  introspection: '/oidc/token/introspection',
  jwks: '/oidc/jwks',
  revocation: '/oidc/token/revocation',
  token: '/oidc/token',
  userinfo: '/oidc/me',
} as const;

export const interactionPath = (uid: string): string => `/oidc/interaction/${uid}`;

export const resumePath = (uid: string): string => `${providerRoutes.authorization}/${uid}`;
