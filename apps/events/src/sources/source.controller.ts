import type { InputOf, OutputOf } from '@atrium/contract-kit';
import { eventsEndpoints as endpoints } from '@atrium/contracts/events';
import { Endpoint, Input } from '@atrium/platform/http';
import { Controller, Inject } from '@nestjs/common';
import { SourceService } from './source.service.js';

@Controller()
export class SourceController {
  constructor(@Inject(SourceService) private readonly sources: SourceService) {}

  @Endpoint(endpoints.listSources)
  list(@Input() { principal }: InputOf<typeof endpoints.listSources>): Promise<OutputOf<typeof endpoints.listSources>> {
    return this.sources.list(principal);
  }

  @Endpoint(endpoints.createSource)
  create(@Input() { principal, body }: InputOf<typeof endpoints.createSource>): Promise<OutputOf<typeof endpoints.createSource>> {
    return this.sources.create(principal, body);
  }

  @Endpoint(endpoints.updateSource)
  update(@Input() { principal, params, body }: InputOf<typeof endpoints.updateSource>): Promise<OutputOf<typeof endpoints.updateSource>> {
    return this.sources.update(principal, params.id, body);
  }

  @Endpoint(endpoints.rotateSource)
  rotate(@Input() { principal, params }: InputOf<typeof endpoints.rotateSource>): Promise<OutputOf<typeof endpoints.rotateSource>> {
    return this.sources.rotate(principal, params.id);
  }

  @Endpoint(endpoints.deleteSource)
  delete(@Input() { principal, params }: InputOf<typeof endpoints.deleteSource>): Promise<OutputOf<typeof endpoints.deleteSource>> {
    return this.sources.delete(principal, params.id);
  }
}
