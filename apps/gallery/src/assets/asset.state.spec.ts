import { assetStatus, type AssetStatus } from '@atrium/contracts/gallery';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AssetStep, assetSteps, effectOf, isOpen, mayFollow, statusesBefore } from './asset.state.js';

const statuses = assetStatus.options;
const anyStep = fc.constantFrom(...assetSteps.filter((step) => step !== 'purged'));

/** What an asset went through, told without the table: once judged, the verdict stands, but for what was lost. */
class Model {
  judged: 'ready' | 'rejected' | undefined;
  inTrash = false;
  isVerifying = false;

  take(step: AssetStep): void {
    if (this.inTrash) this.inTrash = step !== 'restored';
    else if (this.judged !== undefined) {
      this.inTrash = step === 'trashed';
      if (step === 'lost') this.judged = 'rejected';
    } else if (step === 'verifying') this.isVerifying = true;
    else if (step === 'rejected' || (step === 'ready' && this.isVerifying)) this.judged = step;
  }

  get status(): AssetStatus {
    if (this.inTrash) return 'trashed';
    return this.judged ?? (this.isVerifying ? 'verifying' : 'pending');
  }
}

const statusAfter: Readonly<Record<Exclude<AssetStep, 'restored' | 'purged'>, AssetStatus>> = {
  verifying: 'verifying', ready: 'ready', rejected: 'rejected', trashed: 'trashed', lost: 'rejected',
};

describe('the states of an asset', () => {
  it('follow the model through any sequence of steps, late and repeated ones too', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 30 }), (steps) => {
        const model = new Model();
        let [status, beforeTrash]: AssetStatus[] = ['pending', 'pending'];
        for (const step of steps) {
          model.take(step);
          if (effectOf(step, status!) === 'moves') {
            const next: AssetStatus = step === 'restored' ? beforeTrash! : statusAfter[step as keyof typeof statusAfter];
            expect(mayFollow(status!, next)).toBe(true);
            if (step === 'trashed') beforeTrash = status;
            status = next;
          }
          expect(status).toBe(model.status);
        }
      }),
    );
  });

  it('never move twice by one step', () => {
    for (const step of assetSteps) {
      for (const status of statuses.filter((to) => statusesBefore(step).some((from) => mayFollow(from, to)))) {
        if (!statusesBefore(step).includes(status)) expect(effectOf(step, status)).not.toBe('moves');
      }
    }
  });

  it('lead to ready from verification or the trash alone', () => {
    expect(statuses.filter((from) => mayFollow(from, 'ready'))).toEqual(['verifying', 'trashed']);
  });

  it('lead from a verdict to the trash, and from ready to rejected where the object is lost', () => {
    expect(statuses.filter((to) => mayFollow('rejected', to))).toEqual(['trashed']);
    expect(statuses.filter((to) => mayFollow('ready', to))).toEqual(['rejected', 'trashed']);
    expect(effectOf('rejected', 'ready')).toBe('refused');
  });

  it('are open until there is a verdict', () => {
    expect(statuses.filter(isOpen)).toEqual(['pending', 'verifying']);
  });
});
