import 'reflect-metadata';
import { catalogProblems, type ServiceDatabase, startServiceDatabase } from '@atrium/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventsMigrations } from '../src/migrations/index.js';

let store: ServiceDatabase;

beforeAll(async () => {
  store = await startServiceDatabase({ service: 'events', migrations: eventsMigrations });
});
afterAll(() => store?.stop());

it('every table with an organization is closed to the others, and no function opens one to everybody', async () => {
  expect(await catalogProblems(store.superuser, 'events')).toEqual([]);
});

it('what is open is found', async () => {
  await store.superuser.query(`
    create table events.open (id uuid, org_id uuid);
    alter table events.open owner to events_app;
    create function events.leak() returns bigint language sql security definer as 'select count(*) from events.open'`);
  expect((await catalogProblems(store.superuser, 'events')).toSorted()).toEqual([
    'leak acts with rights of its owner for everybody',
    'leak acts with rights of its owner on a search path of the caller',
    'leak acts with the rights of a superuser',
    'open belongs to the role that serves requests',
    'open has no forced policy',
    'open has no index that leads with the organization',
  ]);
});
