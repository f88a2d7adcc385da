import type { InputOf, OutputOf } from '@atrium/contract-kit';
import { eventsEndpoints as endpoints } from '@atrium/contracts/events';
import { Endpoint, Input } from '@atrium/platform/http';
import { Controller, Inject } from '@nestjs/common';
import { AnalystService } from './analyst.service.js';

@Controller()
export class AnalystController {
  constructor(@Inject(AnalystService) private readonly analysts: AnalystService) {}

  @Endpoint(endpoints.listAnalysts)
  list(@Input() { principal }: InputOf<typeof endpoints.listAnalysts>): Promise<OutputOf<typeof endpoints.listAnalysts>> {
    return this.analysts.list(principal);
  }

  @Endpoint(endpoints.createAnalyst)
  create(@Input() { principal, body }: InputOf<typeof endpoints.createAnalyst>): Promise<OutputOf<typeof endpoints.createAnalyst>> {
    return this.analysts.create(principal, body);
  }

  @Endpoint(endpoints.rotateAnalyst)
  rotate(@Input() { principal, params }: InputOf<typeof endpoints.rotateAnalyst>): Promise<OutputOf<typeof endpoints.rotateAnalyst>> {
    return this.analysts.rotate(principal, params.id);
  }

  @Endpoint(endpoints.deleteAnalyst)
  delete(@Input() { principal, params }: InputOf<typeof endpoints.deleteAnalyst>): Promise<OutputOf<typeof endpoints.deleteAnalyst>> {
    return this.analysts.delete(principal, params.id);
  }
}
