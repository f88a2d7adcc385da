import { Database, type Transaction } from '@atrium/platform/database';
import { Inject, Injectable } from '@nestjs/common';
import Provider, { type Adapter, type AdapterPayload, errors } from 'oidc-provider';
import { AUTH_CONFIG, type AuthConfig } from '../../config.js';
import { OAuthClientRepository } from '../clients/oauth-client.repository.js';
import { clientMetadataOf } from '../clients/client-metadata.js';
import { resumePath } from '../provider-routes.js';
import { type GrantEnd, GrantRevocation } from './grant-revocation.js';
import { PayloadRepository, type StoredPayload } from './payload.repository.js';
import { Turns } from './turns.js';

/** Models that come of a grant and end with it. */
const ofGrant = new Set(['AccessToken', 'AuthorizationCode', 'RefreshToken']);
const isUuid = (text: string): boolean => /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);

/** Makes the library's storage over PostgreSQL. An id is stored hashed, and left out of the payload. */
@Injectable()
export class OidcStorage {
  constructor(
    private readonly database: Database,
    private readonly turns: Turns,
    readonly payloads: PayloadRepository,
    readonly clients: OAuthClientRepository,
    private readonly revocation: GrantRevocation,
    @Inject(AUTH_CONFIG) readonly config: Pick<AuthConfig, 'TOKEN_ISSUER'>,
  ) {}

  readonly adapter = (model: string): Adapter => (model === 'Client' ? new ClientAdapter(this) : new PayloadAdapter(this, model));

  ask<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.turns.take(() => this.database.withoutTenant(work));
  }

  endGrant(grantId: string): Promise<void> {
    return this.turns.take(() => this.revocation.end(grantId, endReason()));
  }
}

class PayloadAdapter implements Adapter {
  constructor(
    private readonly storage: OidcStorage,
    private readonly model: string,
  ) {}

  async upsert(id: string, payload: AdapterPayload, expiresIn = 0): Promise<void> {
    const stored = await this.storage.ask((tx) =>
      this.storage.payloads.upsert(tx, {
        model: this.model,
        id,
        payload: withoutId(this.model, payload),
        grantId: ofGrant.has(this.model) ? (payload.grantId ?? null) : null,
        uid: this.model === 'Session' ? (payload.uid ?? null) : null,
        clientId: payload.clientId ?? null,
        seconds: expiresIn,
      }),
    );
    if (!stored) throw new errors.InvalidGrant('the grant is over');
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    return this.restored(id, await this.storage.ask((tx) => this.storage.payloads.find(tx, this.model, id)));
  }

  async findByUid(uid: string): Promise<AdapterPayload | undefined> {
    return this.restored(undefined, await this.storage.ask((tx) => this.storage.payloads.findByUid(tx, this.model, uid)));
  }

  /** There are no devices without a keyboard here. */
  async findByUserCode(): Promise<undefined> {
    return undefined;
  }

  /** The one that comes second, even in the same moment, is refused and ends the grant (RFC 6749 §4.1.2, RFC 9700 §4.14). */
  async consume(id: string): Promise<void> {
    const isFirst = await this.storage.ask((tx) => this.storage.payloads.consume(tx, this.model, id));
    if (isFirst) return;
    const held = await this.find(id);
    if (held?.grantId !== undefined) await this.storage.endGrant(held.grantId);
    throw new errors.InvalidGrant('already consumed');
  }

  async destroy(id: string): Promise<void> {
    if (this.model === 'Grant') await this.storage.endGrant(id);
    else await this.storage.ask((tx) => this.storage.payloads.destroy(tx, this.model, id));
  }

  /** The library asks this of every model at once; the first does it for all. */
  async revokeByGrantId(grantId: string): Promise<void> {
    if (this.model === 'AccessToken') await this.storage.endGrant(grantId);
  }

  private restored(id: string | undefined, stored: StoredPayload | undefined): AdapterPayload | undefined {
    if (!stored) return undefined;
    const consumed = stored.consumed_at ? { consumed: Math.floor(stored.consumed_at.getTime() / 1000) } : {};
    const returnTo = this.model === 'Interaction' && id !== undefined ? { returnTo: this.storage.config.TOKEN_ISSUER + resumePath(id) } : {};
    return { ...stored.payload, ...(id === undefined ? {} : { jti: id }), ...returnTo, ...consumed };
  }
}

/** An interaction's way back holds its id as well, and its session the value of a cookie that nobody reads. */
function withoutId(model: string, { jti: _id, returnTo, session, ...payload }: AdapterPayload): AdapterPayload {
  if (model !== 'Interaction') return { ...payload, ...(returnTo === undefined ? {} : { returnTo }), ...(session ? { session } : {}) };
  if (!session) return payload;
  const { cookie: _cookie, ...rest } = session;
  return { ...payload, session: rest };
}

/** What the request at hand says about why a grant ends. */
function endReason(): GrantEnd {
  const oidc = Provider.ctx?.oidc;
  if (oidc?.route !== 'token') return 'revoked';
  return oidc.params?.['grant_type'] === 'authorization_code' ? 'code_reused' : 'token_reused';
}

/** Client apps are registered through the API alone: the library only reads them, anew for each request. */
class ClientAdapter implements Adapter {
  constructor(private readonly storage: OidcStorage) {}

  async find(id: string): Promise<AdapterPayload | undefined> {
    if (!isUuid(id)) return undefined;
    const client = await this.storage.ask((tx) => this.storage.clients.findAnywhere(tx, id));
    return client && clientMetadataOf(client);
  }

  async upsert(): Promise<void> {
    throw new Error('Clients are registered through the API.');
  }
  async findByUserCode(): Promise<undefined> {
    return undefined;
  }
  async findByUid(): Promise<undefined> {
    return undefined;
  }
  async consume(): Promise<void> {
    return undefined;
  }
  async destroy(): Promise<void> {
    return undefined;
  }
  async revokeByGrantId(): Promise<void> {
    return undefined;
  }
}
