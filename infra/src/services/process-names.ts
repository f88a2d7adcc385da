/** The platform's processes; each is a service of ECS. */
export const processNames = ['gateway', 'auth', 'users', 'gallery', 'gallery-worker', 'events', 'events-worker', 'mailer'] as const;
export type ProcessName = (typeof processNames)[number];
