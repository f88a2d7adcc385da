import { ApiKeyExchangeController } from './api-key-exchange.controller.js';
import { ApiKeyExchangeService } from './api-key-exchange.service.js';
import { ApiKeyRetention } from './api-key-retention.js';
import { ApiKeyController } from './api-key.controller.js';
import { ApiKeyRepository } from './api-key.repository.js';
import { ApiKeyService } from './api-key.service.js';

export const apiKeyControllers = [ApiKeyController, ApiKeyExchangeController];
export const apiKeyProviders = [ApiKeyExchangeService, ApiKeyRepository, ApiKeyRetention, ApiKeyService];
