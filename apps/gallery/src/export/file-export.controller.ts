import type { InputOf, OutputOf } from '@atrium/contract-kit';
import { galleryEndpoints } from '@atrium/contracts/gallery';
import { Endpoint, Input } from '@atrium/platform/http';
import { Controller } from '@nestjs/common';
import { FileExportService } from './file-export.service.js';

const { exportFiles } = galleryEndpoints;

@Controller()
export class FileExportController {
  constructor(private readonly files: FileExportService) {}

  @Endpoint(exportFiles)
  async export(@Input() { principal }: InputOf<typeof exportFiles>): Promise<OutputOf<typeof exportFiles>> {
    return this.files.export(principal);
  }
}
