import type { AssetStatus } from '@atrium/contracts/gallery';

/** What an uploader sends: what was declared, or something else of the same length. */
export type Bytes = 'declared' | 'other';

/** What must come of one asset, told without a state machine: facts, and what follows from them. */
export class AssetModel {
  bytes: Bytes | undefined;
  judged: 'ready' | 'rejected' | undefined;
  isVerifying = false;
  inTrash = false;
  isGone = false;
  readonly told: string[] = ['asset.created'];

  private get isOpen(): boolean {
    return !this.isGone && this.judged === undefined;
  }

  /** `If-None-Match: *`: the first bytes stay. What comes after a verdict lies in quarantine until somebody hears of it. */
  put(bytes: Bytes): void {
    this.bytes ??= bytes;
  }

  complete(): void {
    if (this.isOpen) this.begin();
  }

  /** The worker hears of it, by whoever says so. */
  announce(): void {
    if (this.bytes === undefined && this.isOpen) return;
    if (!this.isOpen) {
      // Removed, where a row says that nobody waits for it.
      if (!this.isGone) this.bytes = undefined;
      return;
    }
    this.begin();
    this.judge(this.bytes === 'declared' ? 'ready' : 'rejected');
    this.bytes = undefined;
  }

  /** An upload whose bytes are there is verified instead, when its message is heard. */
  expire(): void {
    if (this.isOpen && this.bytes === undefined) this.judge('rejected');
  }

  trash(): void {
    if (this.isGone || this.judged === undefined || this.inTrash) return;
    this.inTrash = true;
    this.told.push('asset.trashed');
  }

  restore(): void {
    if (this.isGone || !this.inTrash) return;
    this.inTrash = false;
    this.told.push('asset.restored');
  }

  purgeTrash(): void {
    if (this.inTrash) this.erase();
  }

  erase(): void {
    if (this.isGone) return;
    this.isGone = true;
    this.bytes = undefined;
    this.told.push('asset.purged');
  }

  /** Undefined once it is gone. */
  get status(): AssetStatus | undefined {
    if (this.isGone) return undefined;
    if (this.inTrash) return 'trashed';
    return this.judged ?? (this.isVerifying ? 'verifying' : 'pending');
  }

  get isVerified(): boolean {
    return !this.isGone && this.judged === 'ready';
  }

  private begin(): void {
    if (!this.isVerifying) this.told.push('asset.verifying');
    this.isVerifying = true;
  }

  private judge(verdict: 'ready' | 'rejected'): void {
    this.judged = verdict;
    this.told.push(`asset.${verdict}`);
  }
}
