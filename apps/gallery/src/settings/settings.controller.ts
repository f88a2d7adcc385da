import type { InputOf, OutputOf } from '@atrium/contract-kit';
import { galleryEndpoints } from '@atrium/contracts/gallery';
import { Endpoint, Input } from '@atrium/platform/http';
import { Controller } from '@nestjs/common';
import { SettingsService } from './settings.service.js';

const { getSettings, replaceSettings } = galleryEndpoints;

@Controller()
export class SettingsController {
  constructor(private readonly settings: SettingsService) {}

  @Endpoint(getSettings)
  get(@Input() { principal }: InputOf<typeof getSettings>): Promise<OutputOf<typeof getSettings>> {
    return this.settings.get(principal);
  }

  @Endpoint(replaceSettings)
  replace(@Input() { principal, ifMatch, body }: InputOf<typeof replaceSettings>): Promise<OutputOf<typeof replaceSettings>> {
    return this.settings.replace(principal, ifMatch, body);
  }
}
