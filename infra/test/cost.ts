import { expect, it } from 'vitest';
import { estimate } from '../src/cost/estimate.js';
import { report } from '../src/cost/report.js';
import { usages } from '../src/cost/usage.js';
import type { Synthesized } from './synthesized.js';

/** Everything that a stage has is priced or declared free, and the least that it costs is within its budget. */
export function costHolds(stage: () => Synthesized): void {
  const estimated = () => {
    const stacks = stage().order.map((stack) => {
      const resources = [...stage().resources(undefined, stack)].map(([id, resource]) => [id.slice(stack.length + 1), resource] as const);
      return [stack, Object.fromEntries(resources)] as const;
    });
    return estimate(Object.fromEntries(stacks), usages[stage().config.name]);
  };

  it('has a price for every resource, in every stack', () => {
    const { stacks } = estimated();
    expect(stacks.map(({ stack }) => stack)).toEqual(stage().order);
    for (const { stack, monthly } of stacks) expect(monthly, stack).toBeGreaterThan(0);
  });

  it('is estimated to stay within the budget that alarms are set for', () => {
    expect(estimated().monthly).toBeLessThan(stage().config.observability.monthlyBudgetUsd);
  });

  it('says beside the sum where its prices are from and what it assumes', () => {
    const { config } = stage();
    const text = report(config, estimated(), usages[config.name]);
    expect(text).toContain('never fetched');
    for (const name of Object.keys(usages[config.name])) expect(text).toContain(`  ${name}: `);
  });
}
