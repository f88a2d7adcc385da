import type { InputOf, OutputOf } from '@atrium/contract-kit';
import { usersEndpoints as contract } from '@atrium/contracts/users';
import { Endpoint, Input } from '@atrium/platform/http';
import { Controller } from '@nestjs/common';
import { AuditLogService } from './audit-log.service.js';

@Controller()
export class AuditLogController {
  constructor(private readonly logs: AuditLogService) {}

  @Endpoint(contract.listAuditLogs)
  list(@Input() { principal, query }: InputOf<typeof contract.listAuditLogs>): Promise<OutputOf<typeof contract.listAuditLogs>> {
    return this.logs.list(principal, query);
  }
}
