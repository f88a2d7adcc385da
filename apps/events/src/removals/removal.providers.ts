import { OrganizationRemains } from './organization-remains.js';
import { RemovalJob } from './removal.job.js';
import { RemovalRepository } from './removal.repository.js';
import { RowRemover } from './row-remover.js';
import { SubjectErasureService } from './subject-erasure.service.js';

/** What is removed from ClickHouse, and when. */
export const removalProviders = [RemovalRepository, RowRemover, OrganizationRemains, RemovalJob, SubjectErasureService];
