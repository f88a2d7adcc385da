import { type DynamicModule, Module } from '@nestjs/common';
import { SITE_DIRECTORY_SETTINGS, SiteDirectory, type SiteDirectorySettings } from './site-directory.js';

@Module({})
export class SiteDirectoryModule {
  static forRoot(settings: SiteDirectorySettings): DynamicModule {
    return {
      module: SiteDirectoryModule,
      global: true,
      providers: [{ provide: SITE_DIRECTORY_SETTINGS, useValue: settings }, SiteDirectory],
      exports: [SiteDirectory],
    };
  }
}
