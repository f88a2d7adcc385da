import { assetStatus, type AssetStatus } from '@atrium/contracts/gallery';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isOpen, statusesBefore, stepOf } from './asset.state.js';

const statuses = assetStatus.options;
const anyStatus = fc.constantFrom(...statuses);

/** What an asset went through, told without the table: once judged, the verdict stands. */
class Model {
  judged: 'ready' | 'rejected' | undefined;
  constructor(public status: AssetStatus = 'pending') {}

  move(to: AssetStatus): void {
    if (to === 'verifying' && this.status === 'pending') this.status = to;
    else if (to === 'rejected' && this.judged === undefined) this.status = this.judged = to;
    else if (to === 'ready' && this.status === 'verifying') this.status = this.judged = to;
    else if (to === 'ready' && this.status === 'trashed') this.status = to;
    else if (to === 'trashed' && this.status === 'ready') this.status = to;
  }
}

describe('the states of an asset', () => {
  it('follow the model through any sequence of steps, late and repeated ones too', () => {
    fc.assert(
      fc.property(fc.array(anyStatus, { maxLength: 30 }), (steps) => {
        const model = new Model();
        let status: AssetStatus = 'pending';
        for (const to of steps) {
          model.move(to);
          if (stepOf(status, to) === 'moves') status = to;
          expect(status).toBe(model.status);
        }
      }),
    );
  });

  it('take the same step twice as one', () => {
    for (const status of statuses) expect(stepOf(status, status)).toBe('stays');
  });

  it('never lead from rejected to anywhere', () => {
    expect(statuses.filter((to) => stepOf('rejected', to) === 'moves')).toEqual([]);
  });

  it('lead to ready from verification or the trash alone', () => {
    expect(statusesBefore('ready')).toEqual(['verifying', 'trashed']);
  });

  it('are open until there is a verdict', () => {
    expect(statuses.filter(isOpen)).toEqual(['pending', 'verifying']);
  });
});
