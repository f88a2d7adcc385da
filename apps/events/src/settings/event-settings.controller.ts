import type { InputOf, OutputOf } from '@atrium/contract-kit';
import { eventsEndpoints as endpoints } from '@atrium/contracts/events';
import { Endpoint, Input } from '@atrium/platform/http';
import { Controller, Inject } from '@nestjs/common';
import { EventSettingsService } from './event-settings.service.js';

@Controller()
export class EventSettingsController {
  constructor(@Inject(EventSettingsService) private readonly settings: EventSettingsService) {}

  @Endpoint(endpoints.getEventSettings)
  read(@Input() { principal }: InputOf<typeof endpoints.getEventSettings>): Promise<OutputOf<typeof endpoints.getEventSettings>> {
    return this.settings.read(principal);
  }

  @Endpoint(endpoints.updateEventSettings)
  update(@Input() { principal, body }: InputOf<typeof endpoints.updateEventSettings>): Promise<OutputOf<typeof endpoints.updateEventSettings>> {
    return this.settings.update(principal, body);
  }
}
