import type { InputOf, OutputOf } from '@atrium/contract-kit';
import { eventsEndpoints as endpoints } from '@atrium/contracts/events';
import { Endpoint, Input } from '@atrium/platform/http';
import { Controller, Inject } from '@nestjs/common';
import { QuarantineService } from './quarantine.service.js';
import { ReplayService } from './replay.service.js';

@Controller()
export class QuarantineController {
  constructor(
    @Inject(QuarantineService) private readonly quarantine: QuarantineService,
    @Inject(ReplayService) private readonly replays: ReplayService,
  ) {}

  @Endpoint(endpoints.listQuarantine)
  list(@Input() input: InputOf<typeof endpoints.listQuarantine>): Promise<OutputOf<typeof endpoints.listQuarantine>> {
    return this.quarantine.list(input);
  }

  @Endpoint(endpoints.countViolations)
  countViolations(@Input() input: InputOf<typeof endpoints.countViolations>): Promise<OutputOf<typeof endpoints.countViolations>> {
    return this.quarantine.countViolations(input);
  }

  @Endpoint(endpoints.replayQuarantine)
  replay(@Input() input: InputOf<typeof endpoints.replayQuarantine>): Promise<OutputOf<typeof endpoints.replayQuarantine>> {
    return this.replays.replay(input);
  }

  @Endpoint(endpoints.discardQuarantine)
  discard(@Input() input: InputOf<typeof endpoints.discardQuarantine>): Promise<OutputOf<typeof endpoints.discardQuarantine>> {
    return this.replays.discard(input);
  }
}
