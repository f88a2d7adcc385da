import { CatalogDirectory } from './catalog-directory.js';
import { CatalogJudges } from './catalog-judges.js';
import { EventSchemaRepository } from './event-schema.repository.js';
import { EventSchemaService } from './event-schema.service.js';
import { SchemaSuggestionService } from './schema-suggestion.service.js';

/** What events must look like, and what they look like. */
export const catalogProviders = [EventSchemaRepository, EventSchemaService, SchemaSuggestionService, CatalogDirectory, CatalogJudges];
