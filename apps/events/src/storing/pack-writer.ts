import { runInContext } from '@atrium/platform/context';
import { runWithTraceContext } from '@atrium/platform/telemetry';
import { Inject, Injectable } from '@nestjs/common';
import { PackGatherer } from './pack-gatherer.js';
import { PackStorage } from './pack-storage.js';
import type { PackTarget, ReceivedPack } from './received-pack.js';
import { StoreGate } from './store-gate.js';

export interface PackWriterSettings {
  /** Packs that can be at hand at a time. */
  readonly capacity: number;
  /** Milliseconds between the beginnings of two small inserts. */
  readonly spacingMs: number;
}
export const PACK_WRITER_SETTINGS = Symbol('PackWriterSettings');

/** Writes packs to their tables, several with one insert, and waits where ClickHouse takes none. */
@Injectable()
export class PackWriter {
  private readonly stopping = new AbortController();
  private readonly gatherers: Readonly<Record<PackTarget, PackGatherer>>;

  constructor(
    @Inject(PackStorage) private readonly storage: PackStorage,
    @Inject(StoreGate) private readonly gate: StoreGate,
    @Inject(PACK_WRITER_SETTINGS) settings: PackWriterSettings,
  ) {
    const gatherer = () => new PackGatherer({ ...settings, store: (packs) => this.storeTogether(packs) });
    this.gatherers = { events: gatherer(), quarantine: gatherer() };
  }

  /** Resolves when packs can be written, or when `stopping`. */
  ready(stopping: AbortSignal): Promise<void> {
    return this.gate.pass(stopping);
  }

  /** Resolves when the pack's rows are in ClickHouse. */
  write(pack: ReceivedPack): Promise<void> {
    return this.gatherers[pack.target].add(pack);
  }

  /** Writes what waits at once; what ClickHouse doesn't take then is rejected. */
  close(): void {
    this.stopping.abort();
    for (const gatherer of Object.values(this.gatherers)) gatherer.close();
  }

  /** Tries repeat the same packs and so the same token: one whose answer was lost has no second effect. */
  private storeTogether(packs: readonly ReceivedPack[]): Promise<readonly PromiseSettledResult<void>[]> {
    const [first] = packs;
    const store = () => this.gate.whenOpen(() => this.storage.storeTogether(packs), this.stopping.signal);
    // Logged under one of them; the traces of the others end at the queue.
    return runInContext({ requestId: first?.id ?? '' }, () => runWithTraceContext(first ?? {}, store));
  }
}
