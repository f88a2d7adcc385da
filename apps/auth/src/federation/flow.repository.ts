import { newId, type Transaction } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';

/** From the start to the return from the issuer. */
export const flowSeconds = 600;

/** Who adds an identity to their account, and the one session in which they may. */
export interface Linking {
  readonly accountId: string;
  readonly sessionId: string;
}

export interface Flow {
  readonly provider: string;
  readonly redirectUri: string;
  /** Of the application that is to redeem the code (RFC 7636). */
  readonly codeChallenge: string | null;
  readonly linking: Linking | null;
}

/** What the browser and the issuer hold, hashed. */
export interface FlowHashes {
  readonly stateHash: Buffer;
  readonly browserHash: Buffer;
}

interface FlowRow {
  readonly provider: string;
  readonly redirect_uri: string;
  readonly code_challenge: string | null;
  readonly account_id: string | null;
  readonly session_id: string | null;
}

const columns = 'provider, redirect_uri, code_challenge, account_id, session_id';

const toFlow = ({ provider, redirect_uri, code_challenge, account_id, session_id }: FlowRow): Flow => ({
  provider,
  redirectUri: redirect_uri,
  codeChallenge: code_challenge,
  linking: account_id !== null && session_id !== null ? { accountId: account_id, sessionId: session_id } : null,
});

/** Sign-ins under way at an issuer. */
@Injectable()
export class FlowRepository {
  /** For a browser that is on its way. */
  async begin(tx: Transaction, flow: Flow, { stateHash, browserHash }: FlowHashes): Promise<void> {
    await tx.manager.query(
      `insert into auth.oauth_flows (id, provider, redirect_uri, code_challenge, state_hash, browser_hash, expires_at)
       values ($1, $2, $3, $4, $5, $6, now() + make_interval(secs => ${flowSeconds}))`,
      [newId(), flow.provider, flow.redirectUri, flow.codeChallenge, stateHash, browserHash],
    );
  }

  /** For a browser that is to come with the ticket. */
  async prepare(tx: Transaction, flow: Flow & { readonly linking: Linking }, ticketHash: Buffer): Promise<void> {
    const { provider, redirectUri, codeChallenge, linking } = flow;
    await tx.manager.query(
      `insert into auth.oauth_flows (id, provider, redirect_uri, code_challenge, account_id, session_id, ticket_hash, expires_at)
       values ($1, $2, $3, $4, $5, $6, $7, now() + make_interval(secs => ${flowSeconds}))`,
      [newId(), provider, redirectUri, codeChallenge, linking.accountId, linking.sessionId, ticketHash],
    );
  }

  /** Uses the ticket up. @returns whether it was good for the provider */
  async depart(tx: Transaction, provider: string, ticketHash: Buffer, { stateHash, browserHash }: FlowHashes): Promise<boolean> {
    const [, count] = await tx.manager.query<[unknown[], number]>(
      `update auth.oauth_flows set ticket_hash = null, state_hash = $3, browser_hash = $4
       where ticket_hash = $2 and provider = $1 and expires_at > now()`,
      [provider, ticketHash, stateHash, browserHash],
    );
    return count > 0;
  }

  /**
   * Uses the state up. @returns the flow, for one caller only, and only to the browser and by the provider that it began
   * with: any other leaves it as it is
   */
  async take(tx: Transaction, provider: string, { stateHash, browserHash }: FlowHashes): Promise<Flow | undefined> {
    const [[row]] = await tx.manager.query<[FlowRow[], number]>(
      `delete from auth.oauth_flows
       where state_hash = $1 and browser_hash = $2 and provider = $3 and expires_at > now() returning ${columns}`,
      [stateHash, browserHash, provider],
    );
    return row && toFlow(row);
  }
}
