import { DomainError } from '@atrium/platform/errors';
import { Injectable } from '@nestjs/common';
import { MultipartUploads, type UploadedPart } from '../storage/multipart-uploads.js';
import { sizeOfPart } from './part-layout.js';
import type { Multipart } from './upload-access.js';

/** A part as its client knows it. */
export interface NamedPart {
  readonly part_number: number;
  /** With or without its quotes. */
  readonly etag: string;
}

/** As many as a message names. */
const namedAtMost = 10;

/** Puts the parts of an upload together, from what S3 itself says that it has. May be repeated. */
@Injectable()
export class PartAssembly {
  constructor(private readonly uploads: MultipartUploads) {}

  /**
   * @param named what the client believes to have sent, to be held against what is there
   * @throws CONFLICT when parts are missing or others than named, or the upload has ended without a file
   */
  async assemble(upload: Multipart, named: readonly NamedPart[] | undefined): Promise<void> {
    const { quarantineKey, uploadId } = upload;
    const stored = await this.uploads.findParts(quarantineKey, uploadId);
    if (stored) {
      const parts = completeParts(upload, stored);
      if (named) requireSame(parts, named);
      if (await this.uploads.complete(quarantineKey, uploadId, parts)) return;
    }
    // Completed before, by whatever way; else there is nothing to wait for.
    if (await this.uploads.hasObject(quarantineKey)) return;
    throw new DomainError('CONFLICT', 'The upload has ended without a file. Begin a new one.');
  }
}

function completeParts(upload: Multipart, stored: readonly UploadedPart[]): UploadedPart[] {
  const byNumber = new Map(stored.map((part) => [part.number, part]));
  const parts: UploadedPart[] = [];
  const missing: number[] = [];
  for (let number = 1; ; number += 1) {
    const size = sizeOfPart(upload, number);
    if (size === undefined) break;
    const part = byNumber.get(number);
    if (part?.size === size) parts.push(part);
    else missing.push(number);
  }
  if (missing.length === 0) return parts;
  const named = missing.slice(0, namedAtMost).join(', ');
  throw new DomainError('CONFLICT', `${missing.length} of ${parts.length + missing.length} parts are missing: ${named}${missing.length > namedAtMost ? ' …' : ''}.`);
}

function requireSame(parts: readonly UploadedPart[], named: readonly NamedPart[]): void {
  const etags = new Map(named.map(({ part_number: number, etag }) => [number, unquoted(etag)]));
  const other = parts.find(({ number, etag }) => etags.get(number) !== unquoted(etag));
  if (other) throw new DomainError('CONFLICT', `Part ${other.number} is not the one that was named.`);
  if (etags.size !== parts.length) throw new DomainError('CONFLICT', `The file has ${parts.length} parts.`);
}

const unquoted = (etag: string): string => etag.replaceAll('"', '');
