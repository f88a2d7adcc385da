import type { InputOf, OutputOf } from '@atrium/contract-kit';
import { eventsEndpoints } from '@atrium/contracts/events';
import { Endpoint, Input } from '@atrium/platform/http';
import { Controller, Inject } from '@nestjs/common';
import { OwnEventsService } from './own-events.service.js';

const { exportOwnEvents } = eventsEndpoints;

@Controller()
export class OwnEventsController {
  constructor(@Inject(OwnEventsService) private readonly events: OwnEventsService) {}

  @Endpoint(exportOwnEvents)
  export(@Input() { principal }: InputOf<typeof exportOwnEvents>): Promise<OutputOf<typeof exportOwnEvents>> {
    return this.events.export(principal);
  }
}
