import type { Asset, AssetMetadata, AssetStatus, DerivativeWidth } from '@atrium/contracts/gallery';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** PostgreSQL gives bigint as text; sizes stay far below 2^53. */
const bytes = { to: (value: number | null) => value, from: (value: string | null) => (value === null ? null : Number(value)) };

/** How the bytes come. */
export type UploadMethod = 'put' | 'post' | 'multipart';

@Entity({ name: 'assets' })
export class AssetEntity {
  @PrimaryColumn('uuid', { name: 'org_id' })
  orgId!: string;

  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid', { name: 'site_id' })
  siteId!: string;

  @Column('text')
  filename!: string;

  @Column('text', { name: 'content_type' })
  contentType!: Asset['content_type'];

  /** Bytes. */
  @Column('bigint', { transformer: bytes })
  size!: number;

  /** Lower-case hex. */
  @Column('text')
  sha256!: string;

  @Column('text')
  status!: AssetStatus;

  /** `code: text for people`; null unless rejected, or trashed after that. */
  @Column('text', { name: 'rejection_reason', nullable: true })
  rejectionReason!: string | null;

  @Column('text', { name: 'quarantine_key' })
  quarantineKey!: string;

  @Column('text', { name: 'upload_method' })
  uploadMethod!: UploadMethod;

  /** S3's own, of a multipart upload; never leaves this service but inside a signature. Null of other uploads. */
  @Column('text', { name: 'upload_id', nullable: true })
  uploadId!: string | null;

  /** Bytes of every part but the last, of a multipart upload; null of others. */
  @Column('bigint', { name: 'part_size', nullable: true, transformer: bytes })
  partSize!: number | null;

  /** Null until verified. */
  @Column('text', { name: 'ready_key', nullable: true })
  readyKey!: string | null;

  /** ETag of the bytes that were verified, as S3 gave it; null until then. */
  @Column('text', { name: 'verified_etag', nullable: true })
  verifiedEtag!: string | null;

  @Column('text', { array: true })
  tags!: string[];

  @Column('jsonb')
  metadata!: AssetMetadata;
  /** Bytes of what is stored, where that is not what was declared. */
  @Column('bigint', { name: 'stored_size', nullable: true, transformer: bytes })
  storedSize!: number | null;

  @Column('text', { name: 'stored_sha256', nullable: true })
  storedSha256!: string | null;

  /** Pixels, turned as it is shown; null of what is no image or was not decoded yet. */
  @Column('integer', { nullable: true })
  width!: number | null;

  @Column('integer', { nullable: true })
  height!: number | null;

  @Column('integer', { nullable: true })
  frames!: number | null;

  @Column('text', { nullable: true })
  placeholder!: string | null;

  @Column('text', { name: 'dominant_color', nullable: true })
  dominantColor!: string | null;

  /** Widths; null until they are made. */
  @Column('integer', { array: true, nullable: true })
  derivatives!: DerivativeWidth[] | null;

  @Column('uuid', { name: 'created_by' })
  createdBy!: string;

  /** When an upload that never came is given up. */
  @Column('timestamptz', { name: 'expires_at' })
  expiresAt!: Date;

  /** Null unless trashed. */
  @Column('timestamptz', { name: 'trashed_at', nullable: true })
  trashedAt!: Date | null;

  @Column('integer')
  version!: number;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt!: Date;
}

/** What is known of an asset when its upload begins; the database adds the rest. */
export type NewAsset = Pick<
  AssetEntity,
  | 'orgId'
  | 'id'
  | 'siteId'
  | 'filename'
  | 'contentType'
  | 'size'
  | 'sha256'
  | 'quarantineKey'
  | 'uploadMethod'
  | 'uploadId'
  | 'partSize'
  | 'createdBy'
  | 'expiresAt'
>;
