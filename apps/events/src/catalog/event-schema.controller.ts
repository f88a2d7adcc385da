import type { InputOf, OutputOf } from '@atrium/contract-kit';
import { eventsEndpoints as endpoints } from '@atrium/contracts/events';
import { Endpoint, Input } from '@atrium/platform/http';
import { Controller, Inject } from '@nestjs/common';
import { EventSchemaService } from './event-schema.service.js';
import { SchemaSuggestionService } from './schema-suggestion.service.js';

@Controller()
export class EventSchemaController {
  constructor(
    @Inject(EventSchemaService) private readonly schemas: EventSchemaService,
    @Inject(SchemaSuggestionService) private readonly suggestions: SchemaSuggestionService,
  ) {}

  @Endpoint(endpoints.listSchemas)
  list(@Input() { principal }: InputOf<typeof endpoints.listSchemas>): Promise<OutputOf<typeof endpoints.listSchemas>> {
    return this.schemas.list(principal);
  }

  @Endpoint(endpoints.createSchema)
  create(@Input() { principal, body }: InputOf<typeof endpoints.createSchema>): Promise<OutputOf<typeof endpoints.createSchema>> {
    return this.schemas.create(principal, body);
  }

  @Endpoint(endpoints.getSchema)
  get(@Input() { principal, params }: InputOf<typeof endpoints.getSchema>): Promise<OutputOf<typeof endpoints.getSchema>> {
    return this.schemas.get(principal, params.name);
  }

  @Endpoint(endpoints.replaceSchema)
  replace(@Input() { principal, params, body, ifMatch }: InputOf<typeof endpoints.replaceSchema>): Promise<OutputOf<typeof endpoints.replaceSchema>> {
    return this.schemas.replace(principal, ifMatch, { name: params.name, ...body });
  }

  @Endpoint(endpoints.deleteSchema)
  delete(@Input() { principal, params }: InputOf<typeof endpoints.deleteSchema>): Promise<OutputOf<typeof endpoints.deleteSchema>> {
    return this.schemas.delete(principal, params.name);
  }

  @Endpoint(endpoints.suggestSchema)
  suggest(@Input() { principal, query }: InputOf<typeof endpoints.suggestSchema>): Promise<OutputOf<typeof endpoints.suggestSchema>> {
    return this.suggestions.suggest(principal, query);
  }

  @Endpoint(endpoints.listUncataloguedEvents)
  uncatalogued(@Input() { principal, query }: InputOf<typeof endpoints.listUncataloguedEvents>): Promise<OutputOf<typeof endpoints.listUncataloguedEvents>> {
    return this.suggestions.uncatalogued(principal, query);
  }
}
