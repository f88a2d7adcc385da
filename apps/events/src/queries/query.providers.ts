import { EventExportController } from '../export/event-export.controller.js';
import { EventExportService } from '../export/event-export.service.js';
import { LiveController } from '../live/live.controller.js';
import { LiveService } from '../live/live.service.js';
import { LiveSource } from '../live/live-source.js';
import { Analytics } from './analytics.js';
import { AnswerCache } from './answer-cache.js';
import { BreakdownService } from './breakdown.service.js';
import { ConditionalAnswers } from './conditional-answers.js';
import { EventQueryController } from './event-query.controller.js';
import { EventQueryService } from './event-query.service.js';
import { FunnelService } from './funnel.service.js';
import { sqlTurns } from './query-turns.js';
import { RetentionService } from './retention.service.js';
import { SqlController } from './sql.controller.js';
import { SqlService } from './sql.service.js';

/** What answers questions about events. */
export const queryControllers = [EventQueryController, SqlController, EventExportController, LiveController];
export const queryProviders = [
  Analytics,
  AnswerCache,
  ConditionalAnswers,
  EventQueryService,
  BreakdownService,
  FunnelService,
  RetentionService,
  SqlService,
  sqlTurns,
  EventExportService,
  LiveSource,
  LiveService,
];
