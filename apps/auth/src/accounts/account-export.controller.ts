import type { InputOf, OutputOf } from '@atrium/contract-kit';
import { authEndpoints as contract } from '@atrium/contracts/auth';
import { Endpoint, Input } from '@atrium/platform/http';
import { Controller } from '@nestjs/common';
import { AccountExportService } from './account-export.service.js';

@Controller()
export class AccountExportController {
  constructor(private readonly exports: AccountExportService) {}

  @Endpoint(contract.exportAccount)
  export(@Input() { principal }: InputOf<typeof contract.exportAccount>): Promise<OutputOf<typeof contract.exportAccount>> {
    return this.exports.export(principal);
  }
}
