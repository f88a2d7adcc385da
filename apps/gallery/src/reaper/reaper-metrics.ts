import { METRICS } from '@atrium/platform/context';
import type { Metrics } from '@atrium/platform/telemetry';
import { Inject, Injectable } from '@nestjs/common';
import type { Reaped, ReapKind } from './reap-mode.js';

@Injectable()
export class ReaperMetrics {
  private readonly reaped;
  private readonly reapedBytes;
  private readonly backlogFiles;
  private readonly backlogBytes;
  private readonly unusual;
  private readonly lastSuccess;

  constructor(@Inject(METRICS) metrics: Metrics) {
    const labels = ['kind'];
    this.reaped = metrics.counter({ name: 'gallery_reaped_total', help: 'What the reaper removed or mended.', labels });
    this.reapedBytes = metrics.counter({ name: 'gallery_reaped_bytes_total', help: 'Bytes of it.', labels });
    this.backlogFiles = metrics.gauge({ name: 'gallery_reaper_backlog_files', help: 'Files that are due to be removed.', labels });
    this.backlogBytes = metrics.gauge({ name: 'gallery_reaper_backlog_bytes', help: 'Bytes of them.', labels });
    this.unusual = metrics.gauge({ name: 'gallery_reaper_unusual', help: '1 while more is found than crashes leave, and an operator must look.', labels });
    this.lastSuccess = metrics.gauge({ name: 'gallery_reaper_last_success_timestamp_seconds', help: 'When a sweep last ended well.', labels: ['sweep'] });
  }

  succeeded(sweep: string, reaped: readonly Reaped[]): void {
    this.lastSuccess.set({ sweep }, Math.floor(Date.now() / 1000));
    for (const { kind, count, bytes } of reaped) {
      this.reaped.inc({ kind }, count);
      this.reapedBytes.inc({ kind }, bytes);
    }
  }

  setBacklog(due: readonly Reaped[], kinds: readonly ReapKind[]): void {
    for (const kind of kinds) {
      const { count, bytes } = due.find((one) => one.kind === kind) ?? { count: 0, bytes: 0 };
      this.backlogFiles.set({ kind }, count);
      this.backlogBytes.set({ kind }, bytes);
    }
  }

  setUnusual(kind: ReapKind, isUnusual: boolean): void {
    this.unusual.set({ kind }, isUnusual ? 1 : 0);
  }
}
