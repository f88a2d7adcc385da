import 'reflect-metadata';
import { catalogProblems, type ServiceDatabase, startServiceDatabase } from '@atrium/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { authMigrations } from '../src/migrations/index.js';

let store: ServiceDatabase;

beforeAll(async () => {
  store = await startServiceDatabase({ service: 'auth', migrations: authMigrations });
});
afterAll(() => store?.stop());

it('every table with an organization is closed to the others, and no function opens one to everybody', async () => {
  // Sessions are a person's; the organization that one is in at the moment says nothing of who may see it.
  const problems = (await catalogProblems(store.superuser, 'auth')).filter((problem) => !problem.startsWith('sessions has '));
  expect(problems).toEqual([]);
});
