import type { Transaction } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';

export interface Device {
  readonly id: string;
  readonly token_hash: Buffer;
}

/** As the person is shown it: without what would prove it. */
export interface KnownDevice {
  readonly id: string;
  readonly user_agent: string | null;
  readonly created_at: Date;
  readonly last_used_at: Date;
  readonly expires_at: Date;
}

export const lifetimeDays = 400;
/** Of one person. A program that signs in without ever keeping its cookie pushes out the oldest. */
export const mostDevices = 50;

@Injectable()
export class DeviceRepository {
  /** The device of the person that one of the tokens belongs to. */
  async find(tx: Transaction, accountId: string | undefined, tokenHashes: readonly Buffer[]): Promise<Device | undefined> {
    const [row] = await tx.manager.query<Device[]>(
      `select id, token_hash from auth.devices
       where token_hash = any ($2) and account_id = $1 and expires_at > now() order by last_used_at desc limit 1`,
      [accountId ?? null, tokenHashes],
    );
    return row;
  }

  /** Newest first. */
  list(tx: Transaction, accountId: string): Promise<KnownDevice[]> {
    return tx.manager.query<KnownDevice[]>(
      `select id, user_agent, created_at, last_used_at, expires_at from auth.devices where account_id = $1 order by created_at desc, id desc`,
      [accountId],
    );
  }

  async insert(
    tx: Transaction,
    device: { readonly id: string; readonly accountId: string; readonly tokenHash: Buffer; readonly userAgent: string | null },
  ): Promise<void> {
    await tx.manager.query(
      `delete from auth.devices where id in
         (select id from auth.devices where account_id = $1 order by last_used_at desc, id desc offset $2)`,
      [device.accountId, mostDevices - 1],
    );
    await tx.manager.query(
      `insert into auth.devices (id, account_id, token_hash, user_agent, expires_at)
       values ($1, $2, $3, $4, now() + make_interval(days => $5))`,
      [device.id, device.accountId, device.tokenHash, device.userAgent, lifetimeDays],
    );
  }

  async touch(tx: Transaction, id: string, userAgent: string | null): Promise<void> {
    await tx.manager.query(
      `update auth.devices set last_used_at = now(), user_agent = $2, expires_at = now() + make_interval(days => $3) where id = $1`,
      [id, userAgent, lifetimeDays],
    );
  }

  /** All of the person but the one that the kept session runs on. @returns how many */
  async forgetAll(tx: Transaction, accountId: string, keptSessionId: string | null = null): Promise<number> {
    const [, count] = await tx.manager.query<[unknown[], number]>(
      `delete from auth.devices where account_id = $1
         and id is distinct from (select device_id from auth.sessions where id = $2)`,
      [accountId, keptSessionId],
    );
    return count;
  }

  /** The one that the session runs on. @returns how many */
  async forgetOfSession(tx: Transaction, accountId: string, sessionId: string): Promise<number> {
    const [, count] = await tx.manager.query<[unknown[], number]>(
      `delete from auth.devices where account_id = $1 and id = (select device_id from auth.sessions where id = $2)`,
      [accountId, sessionId],
    );
    return count;
  }
}
