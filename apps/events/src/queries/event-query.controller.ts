import type { InputOf, OutputOf } from '@atrium/contract-kit';
import { eventsEndpoints as endpoints } from '@atrium/contracts/events';
import { Endpoint, Input } from '@atrium/platform/http';
import { Controller, Inject } from '@nestjs/common';
import { AnswerCache } from './answer-cache.js';
import { BreakdownService } from './breakdown.service.js';
import { EventQueryService } from './event-query.service.js';
import { FunnelService } from './funnel.service.js';
import { RetentionService } from './retention.service.js';

@Controller()
export class EventQueryController {
  constructor(
    @Inject(AnswerCache) private readonly cache: AnswerCache,
    @Inject(EventQueryService) private readonly queries: EventQueryService,
    @Inject(BreakdownService) private readonly breakdowns: BreakdownService,
    @Inject(FunnelService) private readonly funnels: FunnelService,
    @Inject(RetentionService) private readonly retentions: RetentionService,
  ) {}

  @Endpoint(endpoints.countEvents)
  count(@Input() input: InputOf<typeof endpoints.countEvents>): Promise<OutputOf<typeof endpoints.countEvents>> {
    return this.cache.answer('count', endpoints.countEvents.success.schema, input, () => this.queries.count(input));
  }

  @Endpoint(endpoints.eventTimeseries)
  timeseries(@Input() input: InputOf<typeof endpoints.eventTimeseries>): Promise<OutputOf<typeof endpoints.eventTimeseries>> {
    return this.cache.answer('timeseries', endpoints.eventTimeseries.success.schema, input, () => this.queries.timeseries(input));
  }

  @Endpoint(endpoints.eventBreakdown)
  breakdown(@Input() input: InputOf<typeof endpoints.eventBreakdown>): Promise<OutputOf<typeof endpoints.eventBreakdown>> {
    return this.cache.answer('breakdown', endpoints.eventBreakdown.success.schema, input, () => this.breakdowns.breakdown(input));
  }

  @Endpoint(endpoints.eventFunnel)
  funnel(@Input() input: InputOf<typeof endpoints.eventFunnel>): Promise<OutputOf<typeof endpoints.eventFunnel>> {
    return this.cache.answer('funnel', endpoints.eventFunnel.success.schema, input, () => this.funnels.funnel(input));
  }

  @Endpoint(endpoints.eventRetention)
  retention(@Input() input: InputOf<typeof endpoints.eventRetention>): Promise<OutputOf<typeof endpoints.eventRetention>> {
    return this.cache.answer('retention', endpoints.eventRetention.success.schema, input, () => this.retentions.retention(input));
  }
}
