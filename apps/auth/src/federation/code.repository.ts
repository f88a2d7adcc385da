import type { Transaction } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';
import { type ProvenIdentity, provenIdentity } from './proven-identity.js';

const codeSeconds = 60;

/** What a code stands for: a sign-in by an identity that is known by now, or one to be linked in one session. */
export type Grant =
  | { readonly kind: 'sign-in'; readonly identityId: string }
  | { readonly kind: 'link'; readonly sessionId: string; readonly proven: ProvenIdentity };

/** By what the one who redeems a code is known. */
export interface Binding {
  readonly browserHash: Buffer;
  readonly codeChallenge: string | null;
}

interface CodeRow {
  readonly browser_hash: Buffer;
  readonly code_challenge: string | null;
  readonly identity_id: string | null;
  readonly session_id: string | null;
  readonly proven: unknown;
}

function toGrant({ identity_id, session_id, proven }: CodeRow): Grant {
  if (identity_id !== null) return { kind: 'sign-in', identityId: identity_id };
  return { kind: 'link', sessionId: session_id ?? '', proven: provenIdentity.parse(proven) };
}

/** One-time codes that take the outcome of a flow from the browser to the application. */
@Injectable()
export class CodeRepository {
  /** @returns whether there is one: none for an identity that was taken off meanwhile */
  async insert(tx: Transaction, hash: Buffer, grant: Grant, { browserHash, codeChallenge }: Binding): Promise<boolean> {
    const isLink = grant.kind === 'link';
    const inserted: unknown[] = await tx.manager.query(
      `insert into auth.oauth_codes (hash, browser_hash, code_challenge, identity_id, session_id, proven, expires_at)
       select $1, $2, $3, $4, $5, $6, now() + make_interval(secs => ${codeSeconds})
       where $4::uuid is null or exists (select from auth.identities where id = $4 for key share)
       returning hash`,
      [
        hash,
        browserHash,
        codeChallenge,
        isLink ? null : grant.identityId,
        isLink ? grant.sessionId : null,
        isLink ? JSON.stringify(grant.proven) : null,
      ],
    );
    return inserted.length > 0;
  }

  /** Uses the code up, for one caller only. */
  async take(tx: Transaction, hash: Buffer): Promise<{ readonly grant: Grant; readonly binding: Binding } | undefined> {
    const [[row]] = await tx.manager.query<[CodeRow[], number]>(
      `delete from auth.oauth_codes where hash = $1 and expires_at > now()
       returning browser_hash, code_challenge, identity_id, session_id, proven`,
      [hash],
    );
    return row && { grant: toGrant(row), binding: { browserHash: row.browser_hash, codeChallenge: row.code_challenge } };
  }
}
