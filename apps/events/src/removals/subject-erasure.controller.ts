import type { InputOf, OutputOf } from '@atrium/contract-kit';
import { eventsEndpoints as endpoints } from '@atrium/contracts/events';
import { Endpoint, Input } from '@atrium/platform/http';
import { Controller, Inject } from '@nestjs/common';
import { SubjectErasureService } from './subject-erasure.service.js';

@Controller()
export class SubjectErasureController {
  constructor(@Inject(SubjectErasureService) private readonly erasures: SubjectErasureService) {}

  @Endpoint(endpoints.eraseSubject)
  erase(@Input() { principal, params }: InputOf<typeof endpoints.eraseSubject>): Promise<OutputOf<typeof endpoints.eraseSubject>> {
    return this.erasures.request(principal, params.user_id);
  }

  @Endpoint(endpoints.getErasure)
  get(@Input() { principal, params }: InputOf<typeof endpoints.getErasure>): Promise<OutputOf<typeof endpoints.getErasure>> {
    return this.erasures.get(principal, params.id);
  }
}
