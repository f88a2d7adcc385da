import { authMigrations } from '@atrium/auth/migrations';
import { eventsMigrations } from '@atrium/events/migrations';
import { galleryMigrations } from '@atrium/gallery/migrations';
import { mailerMigrations } from '@atrium/mailer/migrations';
import type { DataSourceSettings } from '@atrium/platform/database';
import { usersMigrations } from '@atrium/users/migrations';

/** Services with a schema of their name in PostgreSQL, and what makes it. */
export const serviceMigrations: Readonly<Record<string, NonNullable<DataSourceSettings['migrations']>>> = {
  auth: authMigrations,
  users: usersMigrations,
  gallery: galleryMigrations,
  events: eventsMigrations,
  mailer: mailerMigrations,
};

export const schemas: readonly string[] = Object.keys(serviceMigrations);
