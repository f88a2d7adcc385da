import type { Transaction } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';
import { hashOfToken, newOpaqueToken } from '../tokens/opaque-token.js';

/** Seconds that a person has for a ceremony, from its options to its end. */
export const challengeSeconds = 300;

/** What a challenge was made for; it is good for nothing else. */
export type Ceremony =
  | { readonly kind: 'login' }
  | { readonly kind: 'registration' | 'reauthentication'; readonly sessionId: string };

const sessionOf = (ceremony: Ceremony): string | null => (ceremony.kind === 'login' ? null : ceremony.sessionId);

@Injectable()
export class PasskeyChallengeRepository {
  /** @returns 256 random bits in base64url, as WebAuthn's client data will repeat them; only their hash stays */
  async issue(tx: Transaction, ceremony: Ceremony): Promise<string> {
    const challenge = newOpaqueToken();
    await tx.manager.query(
      `insert into auth.passkey_challenges (hash, ceremony, session_id, expires_at)
       values ($1, $2, $3, now() + make_interval(secs => $4))`,
      [hashOfToken(challenge), ceremony.kind, sessionOf(ceremony), challengeSeconds],
    );
    return challenge;
  }

  /** Uses the challenge up. @returns whether it was good, which it is for one caller only */
  async use(tx: Transaction, challenge: string, ceremony: Ceremony): Promise<boolean> {
    const [rows] = await tx.manager.query<[unknown[], number]>(
      `delete from auth.passkey_challenges
       where hash = $1 and ceremony = $2 and session_id is not distinct from $3 and expires_at > now() returning 1`,
      [hashOfToken(challenge), ceremony.kind, sessionOf(ceremony)],
    );
    return rows.length > 0;
  }
}
