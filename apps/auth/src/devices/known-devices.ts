import type { Client } from '@atrium/contract-kit';
import { currentContext } from '@atrium/platform/context';
import { newId, type Transaction } from '@atrium/platform/database';
import { sendDeviceTokens } from '@atrium/platform/http';
import { Inject, Injectable } from '@nestjs/common';
import { AccountAudit } from '../audit/account-audit.js';
import { AUTH_CONFIG, type AuthConfig } from '../config.js';
import { hashOfToken, newOpaqueToken } from '../tokens/opaque-token.js';
import { DeviceRepository } from './device.repository.js';

/** The device that somebody has just signed in from. */
export interface RememberedDevice {
  readonly id: string;
  readonly isNew: boolean;
  readonly token: string;
}

/** What a client says of the device that it is. */
export interface PresentedDevice {
  readonly userAgent: string | null;
  readonly hashes: readonly Buffer[];
  /** The token that was presented of the hash. */
  tokenOf(hash: Buffer | null): string | undefined;
}

const hashesOf = ({ deviceTokens = [] }: Client): Buffer[] => deviceTokens.map(hashOfToken);

const userAgentOf = ({ userAgent }: Client): string | null => userAgent?.slice(0, 512) ?? null;

/** Devices that prove by a secret that their owner has signed in there (OWASP, "device cookies"). */
@Injectable()
export class KnownDevices {
  constructor(
    private readonly devices: DeviceRepository,
    private readonly audit: AccountAudit,
    @Inject(AUTH_CONFIG) private readonly config: Pick<AuthConfig, 'TOKEN_ISSUER'>,
  ) {}

  /** What the client says of itself, whosever it is. */
  presented(client: Client): PresentedDevice {
    const hashes = hashesOf(client);
    return {
      userAgent: userAgentOf(client),
      hashes,
      tokenOf: (hash) => client.deviceTokens?.[hashes.findIndex((own) => hash !== null && own.equals(hash))],
    };
  }

  /** A secret that the client brings is taken only if it is the person's already: else somebody may have planted it. */
  async remember(tx: Transaction, accountId: string, client: Client): Promise<RememberedDevice> {
    const userAgent = userAgentOf(client);
    const known = await this.devices.find(tx, accountId, hashesOf(client));
    const knownToken = known && client.deviceTokens?.find((token) => hashOfToken(token).equals(known.token_hash));
    if (known && knownToken !== undefined) {
      await this.devices.touch(tx, known.id, userAgent);
      return { id: known.id, isNew: false, token: knownToken };
    }
    const device = { id: newId(), isNew: true, token: newOpaqueToken() };
    await this.devices.insert(tx, { id: device.id, accountId, tokenHash: hashOfToken(device.token), userAgent });
    return device;
  }

  /** Gives the client what proves it next time; after the transaction, when the device is known for good. */
  tell(client: Client, { token }: Pick<RememberedDevice, 'token'>): void {
    sendDeviceTokens(token, client.deviceTokens ?? [], { secure: this.config.TOKEN_ISSUER.startsWith('https:') });
  }

  /** All but the one of the kept session: whoever else has one of these is a stranger again. */
  async forgetAll(tx: Transaction, accountId: string, keptSessionId?: string): Promise<void> {
    await this.note(tx, accountId, await this.devices.forgetAll(tx, accountId, keptSessionId));
  }

  async forgetOfSession(tx: Transaction, accountId: string, sessionId: string): Promise<void> {
    await this.note(tx, accountId, await this.devices.forgetOfSession(tx, accountId, sessionId));
  }

  private async note(tx: Transaction, accountId: string, count: number): Promise<void> {
    if (count === 0) return;
    await this.audit.recordIn(tx, currentContext()?.orgId ?? null, accountId, { action: 'device.forgotten', details: { count } });
  }
}
