import { createHash } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import { DomainError } from '../errors/index.js';

/** SQL of the table that remembers answers by Idempotency-Key. A row belongs to a principal, not to an organization. */
export const idempotencySchemaSql = (service: string): string => `
  create table "${service}".idempotency_keys (
    principal text not null,
    route text not null,
    key text not null check (length(key) between 1 and 255),
    body_hash bytea not null,
    status smallint not null,
    answer jsonb,
    created_at timestamptz not null default now(),
    primary key (principal, route, key)
  );
  create index idempotency_keys_by_age on "${service}".idempotency_keys (created_at);
  grant select, insert, delete on "${service}".idempotency_keys to "${service}_app";`;

/** What makes two requests the same one (draft-ietf-httpapi-idempotency-key-header §2.4). */
export interface IdempotentRequest {
  /** User id, with the organization where the request is inside one; or the address of an anonymous caller. */
  readonly principal: string;
  readonly route: string;
  readonly key: string;
  readonly body: unknown;
  /** What the permission came from, where a replay would pass by its check: with another one it is another request. */
  readonly authority?: string;
}

/** How long a key is remembered; a later request with it is a new one. */
export const idempotencyMemory = '24 hours';

interface StoredAnswer {
  readonly body_hash: Buffer;
  readonly answer: unknown;
}

/** What an answer leaves to be kept. */
export interface KeptAnswer {
  readonly status: number;
  /** Fields that are kept nowhere: null in the answer that is replayed. */
  readonly shownOnce?: readonly string[];
}

/** Left out of the hash: a fast hash of a body with a password in it would be a way round the slow one. Tokens are random. */
const secretField = /password|secret/i;

const hashOf = ({ body, authority = '' }: IdempotentRequest): Buffer => {
  const text = JSON.stringify(body ?? null, (key, value: unknown) => (secretField.test(key) ? undefined : value));
  return createHash('sha256').update(text).update(authority).digest();
};

const withoutShownOnce = (answer: unknown, fields: readonly string[]): unknown =>
  typeof answer === 'object' && answer !== null ? { ...answer, ...Object.fromEntries(fields.map((field) => [field, null])) } : answer;

/**
 * Runs `effect` at most once per key, in the transaction at hand: the stored answer commits with the effect, so that a
 * crash between them can't be. A refused effect stores nothing and may be tried again.
 *
 * @throws DomainError IDEMPOTENCY_IN_FLIGHT while another request with the key runs, IDEMPOTENCY_MISMATCH when the key
 * was used with another body
 */
export async function onlyOnce(
  manager: EntityManager,
  request: IdempotentRequest,
  { status, shownOnce = [] }: KeptAnswer,
  effect: () => Promise<unknown>,
): Promise<unknown> {
  const identity = [request.principal, request.route, request.key];
  const [lock] = await manager.query<{ free: boolean }[]>(
    `select pg_try_advisory_xact_lock(hashtextextended($1, 0)) as free`,
    [identity.join('\n')],
  );
  if (!lock?.free) throw new DomainError('IDEMPOTENCY_IN_FLIGHT', undefined, { retryAfterSeconds: 1 });
  await manager.query(`delete from idempotency_keys where principal = $1 and created_at < now() - $2::interval`, [
    request.principal,
    idempotencyMemory,
  ]);
  const [stored] = await manager.query<StoredAnswer[]>(
    `select body_hash, answer from idempotency_keys where principal = $1 and route = $2 and key = $3`,
    identity,
  );
  const bodyHash = hashOf(request);
  if (stored) {
    if (!stored.body_hash.equals(bodyHash)) throw new DomainError('IDEMPOTENCY_MISMATCH');
    return stored.answer ?? undefined;
  }
  const answer = await effect();
  await manager.query(
    `insert into idempotency_keys (principal, route, key, body_hash, status, answer) values ($1, $2, $3, $4, $5, $6)`,
    [...identity, bodyHash, status, answer === undefined ? null : JSON.stringify(withoutShownOnce(answer, shownOnce))],
  );
  return answer;
}
