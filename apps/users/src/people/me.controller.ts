import type { InputOf, OutputOf } from '@atrium/contract-kit';
import { usersEndpoints as contract } from '@atrium/contracts/users';
import { Endpoint, Input } from '@atrium/platform/http';
import { Controller } from '@nestjs/common';
import { LeavingService } from './leaving.service.js';
import { PersonArchiveService } from './person-archive.service.js';

@Controller()
export class MeController {
  constructor(
    private readonly leaving: LeavingService,
    private readonly archives: PersonArchiveService,
  ) {}

  @Endpoint(contract.exportMe)
  export(@Input() { principal }: InputOf<typeof contract.exportMe>): Promise<OutputOf<typeof contract.exportMe>> {
    return this.archives.archive(principal);
  }

  @Endpoint(contract.leaveEverywhere)
  leaveEverywhere(@Input() { principal }: InputOf<typeof contract.leaveEverywhere>): Promise<void> {
    return this.leaving.leaveEverywhere(principal);
  }
}
