import type { InputOf, OutputOf } from '@atrium/contract-kit';
import { galleryEndpoints } from '@atrium/contracts/gallery';
import { Endpoint, Input } from '@atrium/platform/http';
import { Controller } from '@nestjs/common';
import { UploadAbortService } from './upload-abort.service.js';
import { UploadCompletionService } from './upload-completion.service.js';
import { UploadRequestsService } from './upload-requests.service.js';

const { signParts, listParts, signUploadRequest, completeUpload, abortUpload } = galleryEndpoints;

/** What follows a beginning, which UploadRoute serves. */
@Controller()
export class UploadController {
  constructor(
    private readonly completion: UploadCompletionService,
    private readonly requests: UploadRequestsService,
    private readonly aborts: UploadAbortService,
  ) {}

  @Endpoint(signParts)
  signParts(@Input() { principal, params, body }: InputOf<typeof signParts>): Promise<OutputOf<typeof signParts>> {
    return this.requests.signParts(principal, params.asset_id, body.parts);
  }

  @Endpoint(listParts)
  listParts(@Input() { principal, params }: InputOf<typeof listParts>): Promise<OutputOf<typeof listParts>> {
    return this.requests.listParts(principal, params.asset_id);
  }

  @Endpoint(signUploadRequest)
  sign(@Input() { principal, params, body }: InputOf<typeof signUploadRequest>): Promise<OutputOf<typeof signUploadRequest>> {
    return this.requests.signRequest(principal, params.asset_id, body);
  }

  @Endpoint(completeUpload)
  complete(@Input() { principal, params, body }: InputOf<typeof completeUpload>): Promise<OutputOf<typeof completeUpload>> {
    return this.completion.complete(principal, params.asset_id, body?.parts);
  }

  @Endpoint(abortUpload)
  abort(@Input() { principal, params }: InputOf<typeof abortUpload>): Promise<OutputOf<typeof abortUpload>> {
    return this.aborts.abort(principal, params.asset_id);
  }
}
