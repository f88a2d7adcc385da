import type { InputOf, OutputOf } from '@atrium/contract-kit';
import { eventsEndpoints as endpoints } from '@atrium/contracts/events';
import { Endpoint, Input } from '@atrium/platform/http';
import { Controller, Inject } from '@nestjs/common';
import { SqlService } from './sql.service.js';

@Controller()
export class SqlController {
  constructor(@Inject(SqlService) private readonly sql: SqlService) {}

  @Endpoint(endpoints.queryBySql)
  queryBySql(@Input() { principal, body }: InputOf<typeof endpoints.queryBySql>): Promise<OutputOf<typeof endpoints.queryBySql>> {
    return this.sql.query(principal, body);
  }
}
