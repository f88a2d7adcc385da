import type { QueueDefinition } from '@atrium/contract-kit';

const inbox = (service: string): QueueDefinition => ({
  name: `${service}-inbox`,
  visibilityTimeoutSeconds: 30,
  maxReceiveCount: 5,
});

/** Every work queue of the platform; infrastructure and the local stack create them, each with its dead-letter queue. */
export const queues = {
  authInbox: inbox('auth'),
  usersInbox: inbox('users'),
  galleryInbox: inbox('gallery'),
  eventsInbox: inbox('events'),
  mailerInbox: inbox('mailer'),
  /** Packs of accepted events on their way to ClickHouse. */
  eventsIngest: { name: 'events-ingest', visibilityTimeoutSeconds: 30, maxReceiveCount: 10 },
  /** The same of organizations that send a great deal, apart, so that the others' don't wait behind them. */
  eventsBulk: { name: 'events-bulk', visibilityTimeoutSeconds: 30, maxReceiveCount: 10 },
  /** Entries of the audit log, apart from the inbox: however many come, nobody's registration waits behind them. */
  usersAudit: { name: 'users-audit', visibilityTimeoutSeconds: 30, maxReceiveCount: 10 },
  /** The same on their way to ClickHouse. */
  eventsAudit: { name: 'events-audit', visibilityTimeoutSeconds: 30, maxReceiveCount: 10 },
  /** Every other domain event, on its way there too. */
  eventsDomain: { name: 'events-domain', visibilityTimeoutSeconds: 30, maxReceiveCount: 10 },
  /** S3's object-created notifications of the quarantine bucket. */
  galleryUploads: { name: 'gallery-uploads', visibilityTimeoutSeconds: 120, maxReceiveCount: 5 },
} as const satisfies Record<string, QueueDefinition>;
