import { apiKeyExchange, type ExchangedApiKey } from '@atrium/contracts/auth';
import { Internal } from '@atrium/platform/auth-guard';
import { DomainError, detailsOfZodError } from '@atrium/platform/errors';
import { Body, Controller, Header, HttpCode, Post } from '@nestjs/common';
import { ApiKeyExchangeService } from './api-key-exchange.service.js';

/** For the gateway: no path of the contract leads here. Whoever got here without it still needs a key that works. */
@Controller()
@Internal()
export class ApiKeyExchangeController {
  constructor(private readonly exchanges: ApiKeyExchangeService) {}

  @Post(apiKeyExchange.path)
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  exchange(@Body() body: unknown): Promise<ExchangedApiKey> {
    const parsed = apiKeyExchange.body.safeParse(body);
    if (!parsed.success) throw new DomainError('VALIDATION_ERROR', undefined, { fields: detailsOfZodError(parsed.error) });
    return this.exchanges.exchange(parsed.data.key);
  }
}
