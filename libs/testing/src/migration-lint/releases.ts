import { z } from 'zod';

const lastMigrations = z.record(z.string(), z.string());

/** releases.yml: what was released, oldest first. */
export const releases = z.strictObject({
  /** By store, the last migration that is not looked at: what was there before anybody ran it in earnest. */
  baseline: lastMigrations,
  releases: z.array(
    z.strictObject({
      version: z.string().regex(/^\d+\.\d+\.\d+$/),
      date: z.iso.date(),
      /** The last migration of each store that it brought. */
      migrations: lastMigrations,
    }),
  ),
});
export type Releases = z.output<typeof releases>;

/** How many of a store's migrations are history: those up to the baseline and to the last release. */
export function settled(store: string, names: readonly string[], { baseline, releases: past }: Releases): number {
  const marks = [baseline, ...past.map(({ migrations }) => migrations)].flatMap((last) => last[store] ?? []);
  return Math.max(
    0,
    ...marks.map((name) => {
      const index = names.indexOf(name);
      if (index < 0) throw new Error(`releases.yml names the migration ${name} of ${store}, which is not there`);
      return index + 1;
    }),
  );
}
