import 'reflect-metadata';
import { type ServiceDatabase, startServiceDatabase } from '@atrium/testing';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { galleryMigrations } from '../src/migrations/index.js';

let store: ServiceDatabase;

beforeAll(async () => {
  store = await startServiceDatabase({ service: 'gallery', migrations: galleryMigrations });
});
afterAll(() => store?.stop());

/** What a search looks for, which takes texts apart by queries. */
const wantedSql = `
  array_to_tsvector(array(
    select gallery.own_prefix($1) || term from (
      select gallery.words_of($2) as term
      union select gallery.words_of(tag) from unnest($3::text[]) tag
      union select gallery.tag_term(tag) from unnest($3::text[]) tag
      union select gallery.type_term($4)) terms))`;

it('an asset has just the terms that a search for its words, tags and type looks for', async () => {
  const piece = fc.oneof(
    fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }), fc.string(),
    fc.constantFrom('Ünïcode', 'x'.repeat(61), 'Straße', 'œuvre', 'ﬁn', '..', ' ', '日本語', 'ΑΣ', '١٢', '_', 'É'.repeat(70), "o'clock"),
  );
  const text = fc.array(piece, { maxLength: 5 }).map((pieces) => pieces.join('-').replaceAll(/[\0\p{Cs}]/gu, ''));
  await fc.assert(
    fc.asyncProperty(fc.uuid(), text, fc.array(text, { maxLength: 4 }), fc.constantFrom('image/png', 'application/pdf'), async (orgId, filename, tags, type) => {
      const sql = `select gallery.search_terms($1, $2, $3, $4)::text as given, ${wantedSql}::text as wanted`;
      const [row] = (await store.superuser.query<{ given: string; wanted: string }>(sql, [orgId, filename, tags, type])).rows;
      expect(row?.given).toBe(row?.wanted);
    }),
    { numRuns: 500 },
  );
});
