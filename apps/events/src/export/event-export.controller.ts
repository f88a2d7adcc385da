import type { InputOf, OutputOf } from '@atrium/contract-kit';
import { eventsEndpoints } from '@atrium/contracts/events';
import { Endpoint, Input } from '@atrium/platform/http';
import { Controller, Inject } from '@nestjs/common';
import { EventExportService } from './event-export.service.js';

const { exportEvents } = eventsEndpoints;

@Controller()
export class EventExportController {
  constructor(@Inject(EventExportService) private readonly exports: EventExportService) {}

  @Endpoint(exportEvents)
  export(@Input() input: InputOf<typeof exportEvents>): Promise<OutputOf<typeof exportEvents>> {
    return this.exports.export(input);
  }
}
