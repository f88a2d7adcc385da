import type { InputOf, OutputOf } from '@atrium/contract-kit';
import { eventsEndpoints } from '@atrium/contracts/events';
import { Endpoint, Input } from '@atrium/platform/http';
import { Controller, Inject } from '@nestjs/common';
import { LiveService } from './live.service.js';

const { liveEvents } = eventsEndpoints;

@Controller()
export class LiveController {
  constructor(@Inject(LiveService) private readonly live: LiveService) {}

  @Endpoint(liveEvents)
  stream(@Input() input: InputOf<typeof liveEvents>): Promise<OutputOf<typeof liveEvents>> {
    return this.live.stream(input);
  }
}
