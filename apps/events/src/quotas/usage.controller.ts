import type { InputOf, OutputOf } from '@atrium/contract-kit';
import { eventsEndpoints as endpoints } from '@atrium/contracts/events';
import { Endpoint, Input } from '@atrium/platform/http';
import { Controller, Inject } from '@nestjs/common';
import { UsageService } from './usage.service.js';

@Controller()
export class UsageController {
  constructor(@Inject(UsageService) private readonly usage: UsageService) {}

  @Endpoint(endpoints.eventUsage)
  read(@Input() { principal }: InputOf<typeof endpoints.eventUsage>): Promise<OutputOf<typeof endpoints.eventUsage>> {
    return this.usage.read(principal);
  }
}
