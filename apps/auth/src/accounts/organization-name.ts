/** A new organization's name when none is given: `ann.lee@example.com` → `ann.lee's organization`. */
export const defaultOrganizationName = (email: string): string =>
  `${email.slice(0, email.lastIndexOf('@'))}'s organization`.slice(0, 120);
