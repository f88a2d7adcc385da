import 'reflect-metadata';
import { catalogProblems, type ServiceDatabase, startServiceDatabase } from '@atrium/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { galleryMigrations } from '../src/migrations/index.js';

let store: ServiceDatabase;

beforeAll(async () => {
  store = await startServiceDatabase({ service: 'gallery', migrations: galleryMigrations });
});
afterAll(() => store?.stop());

it('every table with an organization is closed to the others, and no function opens one to everybody', async () => {
  expect(await catalogProblems(store.superuser, 'gallery')).toEqual([]);
});
