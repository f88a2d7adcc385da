import 'reflect-metadata';
import { newId } from '@atrium/platform/database';
import { type ServiceDatabase, startServiceDatabase } from '@atrium/testing';
import { migrations } from '../src/index.js';

export type UsersDatabase = ServiceDatabase;

/** A fresh PostgreSQL with the service's roles, and its schema migrated unless told otherwise. */
export const startUsersDatabase = ({ migrated = true } = {}): Promise<UsersDatabase> =>
  startServiceDatabase({ service: 'users', migrations, migrated });

export const randomEmail = (): string => `p-${newId()}@example.com`;
