import type { InputOf, OutputOf } from '@atrium/contract-kit';
import { usersEndpoints as contract } from '@atrium/contracts/users';
import { Endpoint, Input } from '@atrium/platform/http';
import { Controller } from '@nestjs/common';
import { LeavingService } from './leaving.service.js';
import { PersonExportService } from './person-export.service.js';

@Controller()
export class MeController {
  constructor(
    private readonly leaving: LeavingService,
    private readonly exports: PersonExportService,
  ) {}

  @Endpoint(contract.exportMe)
  export(@Input() { principal }: InputOf<typeof contract.exportMe>): Promise<OutputOf<typeof contract.exportMe>> {
    return this.exports.export(principal);
  }

  @Endpoint(contract.leaveEverywhere)
  leaveEverywhere(@Input() { principal }: InputOf<typeof contract.leaveEverywhere>): Promise<void> {
    return this.leaving.leaveEverywhere(principal);
  }
}
