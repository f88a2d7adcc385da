import { Database } from '@atrium/platform/database';
import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { compileSchema, type SchemaValidator } from './compile-schema.js';
import { EventSchemaRepository } from './event-schema.repository.js';

/** Milliseconds for which another instance may still judge by what was changed. */
const freshFor = 4_000;
/** Names that are remembered, of all organizations together. */
const maxNames = 200_000;
/** Bytes of schemas as text whose validators are kept; compiled they take some fifty times that. */
const maxSchemaBytes = 4 * 1024 * 1024;

/** An event's schema, ready to judge by. */
export interface CatalogEntry {
  readonly version: number;
  readonly validate: SchemaValidator;
}
/** By event name; names that the catalog doesn't know are absent. */
export type CatalogEntries = ReadonlyMap<string, CatalogEntry>;
type Versions = ReadonlyMap<string, number>;

/** Schemas to judge by, from memory: which versions are present is asked anew within seconds, a version never changes. */
@Injectable()
export class CatalogDirectory {
  private readonly present = new LRUCache<string, Versions>({ maxSize: maxNames, sizeCalculation: ({ size }) => size + 1, ttl: freshFor });
  private readonly asking = new Map<string, Promise<Versions>>();
  private readonly compiled = new LRUCache<string, SchemaValidator>({ maxSize: maxSchemaBytes });
  private readonly compiling = new Map<string, Promise<SchemaValidator | undefined>>();

  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(EventSchemaRepository) private readonly schemas: EventSchemaRepository,
  ) {}

  /** Those of the names that the organization's catalog knows. */
  async entries(orgId: string, names: ReadonlySet<string>): Promise<CatalogEntries> {
    const versions = this.present.get(orgId) ?? (await this.ask(orgId));
    const entries = new Map<string, CatalogEntry>();
    for (const name of names) {
      const version = versions.get(name);
      const validate = version === undefined ? undefined : await this.validator(orgId, name, version);
      if (version !== undefined && validate) entries.set(name, { version, validate });
    }
    return entries;
  }

  /** After a change in this process. */
  forget(orgId: string): void {
    this.present.delete(orgId);
    this.asking.delete(orgId);
  }

  /** Concurrent requests of one organization share a look-up. */
  private ask(orgId: string): Promise<Versions> {
    const running = this.asking.get(orgId);
    if (running) return running;
    const asked = this.database
      .inTenant(orgId, (tx) => this.schemas.list(tx))
      .then((rows) => {
        const versions = new Map(rows.map(({ name, version }) => [name, version]));
        // Not when the catalog was changed meanwhile: the answer may be the old one.
        if (this.asking.get(orgId) === asked) this.present.set(orgId, versions);
        return versions;
      })
      .finally(() => {
        if (this.asking.get(orgId) === asked) this.asking.delete(orgId);
      });
    this.asking.set(orgId, asked);
    return asked;
  }

  /** Compiled once however many wait. Undefined for a version that has gone since: twenty newer ones came within seconds. */
  private validator(orgId: string, name: string, version: number): SchemaValidator | Promise<SchemaValidator | undefined> {
    const key = `${orgId} ${version} ${name}`;
    const known = this.compiled.get(key) ?? this.compiling.get(key);
    if (known) return known;
    const made = this.compile(key, { orgId, name, version }).finally(() => this.compiling.delete(key));
    this.compiling.set(key, made);
    return made;
  }

  private async compile(key: string, { orgId, name, version }: { orgId: string; name: string; version: number }): Promise<SchemaValidator | undefined> {
    const schema = await this.database.inTenant(orgId, (tx) => this.schemas.findVersion(tx, name, version));
    if (schema === undefined) return undefined;
    const validate = compileSchema(schema);
    this.compiled.set(key, validate, { size: JSON.stringify(schema).length });
    return validate;
  }
}
