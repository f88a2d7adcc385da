import type { InputOf, OutputOf } from '@atrium/contract-kit';
import { galleryEndpoints } from '@atrium/contracts/gallery';
import { Endpoint, Input } from '@atrium/platform/http';
import { Controller } from '@nestjs/common';
import { UsageService } from './usage.service.js';

const { galleryUsage, setSiteQuota } = galleryEndpoints;

@Controller()
export class UsageController {
  constructor(private readonly usage: UsageService) {}

  @Endpoint(galleryUsage)
  read(@Input() { principal, query }: InputOf<typeof galleryUsage>): Promise<OutputOf<typeof galleryUsage>> {
    return this.usage.read(principal, query.site_id);
  }

  @Endpoint(setSiteQuota)
  limitSite(@Input() { principal, params, body }: InputOf<typeof setSiteQuota>): Promise<OutputOf<typeof setSiteQuota>> {
    return this.usage.limitSite(principal, params.site_id, body);
  }
}
