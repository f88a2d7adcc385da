import type { InputOf, OutputOf } from '@atrium/contract-kit';
import { galleryEndpoints } from '@atrium/contracts/gallery';
import { Endpoint, Input } from '@atrium/platform/http';
import { Controller } from '@nestjs/common';
import { UploadService } from './upload.service.js';

const { createUpload, completeUpload } = galleryEndpoints;

@Controller()
export class UploadController {
  constructor(private readonly uploads: UploadService) {}

  @Endpoint(createUpload)
  create(@Input() { principal, body }: InputOf<typeof createUpload>): Promise<OutputOf<typeof createUpload>> {
    return this.uploads.create(principal, body);
  }

  @Endpoint(completeUpload)
  complete(@Input() { principal, params }: InputOf<typeof completeUpload>): Promise<OutputOf<typeof completeUpload>> {
    return this.uploads.complete(principal, params.asset_id);
  }
}
