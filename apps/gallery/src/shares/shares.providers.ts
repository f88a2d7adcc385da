import { SharePasswordThrottle } from './share-password-throttle.js';
import { SharePasswords } from './share-passwords.js';
import { ShareRepository } from './share.repository.js';
import { ShareRetention } from './share-retention.js';
import { ShareService } from './share.service.js';
import { SHARE_SETTINGS, type ShareSettings } from './share-settings.js';
import { SharedViewService } from './shared-view.service.js';
import { ViewCounter } from './view-counter.js';

export const shareProviders = (settings: ShareSettings) => [
  SharePasswordThrottle,
  SharePasswords,
  ShareRepository,
  ShareRetention,
  ShareService,
  SharedViewService,
  ViewCounter,
  { provide: SHARE_SETTINGS, useValue: settings },
];
