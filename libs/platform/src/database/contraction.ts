/**
 * What a migration says of itself where it takes away or narrows what earlier code used. Old and new code run side by
 * side while a release is deployed (docs/migrations.md), and `npm run lint` checks what is said here.
 */
export interface Contraction {
  /** The release, in releases.yml, since which no code uses any of `objects`. */
  readonly unusedSince: string;
  /** As the lint names them: `users.members.nickname`, `users.search_members(text, int4)`. */
  readonly objects: readonly string[];
}

/** What a migration may say besides `up` and `down`. */
export interface DeclaredMigration {
  readonly contracts?: Contraction;
  /** Table whose writers may wait while the migration holds its lock → why that is short, e.g. its few rows. */
  readonly locks?: Readonly<Record<string, string>>;
}
