import type { InputOf, OutputOf } from '@atrium/contract-kit';
import { eventsEndpoints as endpoints } from '@atrium/contracts/events';
import { Endpoint, Input } from '@atrium/platform/http';
import { Controller, Inject } from '@nestjs/common';
import { EventQueryService } from './event-query.service.js';
import { SqlService } from './sql.service.js';

@Controller()
export class EventQueryController {
  constructor(
    @Inject(EventQueryService) private readonly queries: EventQueryService,
    @Inject(SqlService) private readonly sql: SqlService,
  ) {}

  @Endpoint(endpoints.countEvents)
  count(@Input() input: InputOf<typeof endpoints.countEvents>): Promise<OutputOf<typeof endpoints.countEvents>> {
    return this.queries.count(input);
  }

  @Endpoint(endpoints.eventTimeseries)
  timeseries(@Input() input: InputOf<typeof endpoints.eventTimeseries>): Promise<OutputOf<typeof endpoints.eventTimeseries>> {
    return this.queries.timeseries(input);
  }

  @Endpoint(endpoints.queryBySql)
  queryBySql(@Input() { principal, body }: InputOf<typeof endpoints.queryBySql>): Promise<OutputOf<typeof endpoints.queryBySql>> {
    return this.sql.query(principal, body);
  }
}
