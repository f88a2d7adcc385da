import { type DomainEventDefinition, domainEventEnvelope, type DomainEventEnvelope } from '@atrium/contract-kit';
import { type z } from 'zod';
import type { TenantTransaction, Transaction } from '../database/index.js';
import { detailsOfZodError } from '../errors/index.js';
import { PoisonMessageError } from './poison-message.error.js';

export type DomainEventHandler<Data extends z.ZodType, Tx extends Transaction = Transaction> = (
  tx: Tx,
  data: z.output<Data>,
  envelope: DomainEventEnvelope,
) => Promise<void>;

/** An event whose data matched its definition, with what to do about it. */
export type BoundEvent =
  | { readonly envelope: DomainEventEnvelope; readonly orgId: string; readonly run: (tx: TenantTransaction) => Promise<void> }
  | { readonly envelope: DomainEventEnvelope; readonly orgId: null; readonly run: (tx: Transaction) => Promise<void> };

type Bind = (envelope: DomainEventEnvelope) => BoundEvent;

/** Handlers by type and version. */
export class DomainEventHandlers {
  private readonly binds = new Map<string, Bind>();

  on<Data extends z.ZodType>(definition: DomainEventDefinition<Data>, handler: DomainEventHandler<Data>): void {
    this.add(definition, (envelope) => {
      const data = parsed(definition.data, envelope.data, definition.type);
      return { envelope, orgId: envelope.org_id, run: (tx: Transaction) => handler(tx, data, envelope) };
    });
  }

  onInTenant<Data extends z.ZodType>(
    definition: DomainEventDefinition<Data>,
    handler: DomainEventHandler<Data, TenantTransaction>,
  ): void {
    this.add(definition, (envelope) => {
      const data = parsed(definition.data, envelope.data, definition.type);
      if (envelope.org_id === null) throw new PoisonMessageError(`${definition.type}: org_id is missing`);
      return { envelope, orgId: envelope.org_id, run: (tx) => handler(tx, data, envelope) };
    });
  }

  /** @throws PoisonMessageError naming what is wrong, never with the values */
  bind(body: string): BoundEvent {
    const envelope = parsed(domainEventEnvelope, parseJson(body), 'envelope');
    const bind = this.binds.get(`${envelope.type}@${envelope.version}`);
    if (!bind) throw new PoisonMessageError(`no handler for ${envelope.type} version ${envelope.version}`);
    return bind(envelope);
  }

  private add(definition: DomainEventDefinition, bind: Bind): void {
    const name = `${definition.type}@${definition.version}`;
    if (this.binds.has(name)) throw new Error(`${name} has a handler already.`);
    this.binds.set(name, bind);
  }
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new PoisonMessageError('the body is not JSON');
  }
}

function parsed<Schema extends z.ZodType>(schema: Schema, value: unknown, what: string): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const details = detailsOfZodError(result.error).map(({ field, message }) => `${field || '(root)'} ${message}`);
  throw new PoisonMessageError(`${what}: ${details.join('; ')}`);
}
