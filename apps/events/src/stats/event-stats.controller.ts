import type { InputOf, OutputOf } from '@atrium/contract-kit';
import { eventsEndpoints as endpoints } from '@atrium/contracts/events';
import { Endpoint, Input } from '@atrium/platform/http';
import { Controller, Inject } from '@nestjs/common';
import { EventStatsService } from './event-stats.service.js';

@Controller()
export class EventStatsController {
  constructor(@Inject(EventStatsService) private readonly stats: EventStatsService) {}

  @Endpoint(endpoints.eventStats)
  read(@Input() { principal }: InputOf<typeof endpoints.eventStats>): Promise<OutputOf<typeof endpoints.eventStats>> {
    return this.stats.read(principal);
  }
}
