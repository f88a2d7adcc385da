import { free } from './free.js';
import { computeRates } from './rates-compute.js';
import { dataRates } from './rates-data.js';
import { edgeRates } from './rates-edge.js';
import { observabilityRates } from './rates-observability.js';
import type { Charge, Rate, RateContext } from './rate.js';
import { NoPriceError, type Resources } from './template.js';
import type { Usage } from './usage.js';

/** A line of the bill: all charges of a kind in one stack. */
export interface Line extends Charge {
  /** US dollars a month. */
  readonly monthly: number;
}

export interface StackEstimate {
  readonly stack: string;
  readonly lines: readonly Line[];
  readonly monthly: number;
}

export interface Estimate {
  readonly stacks: readonly StackEstimate[];
  readonly monthly: number;
}

const rates: Readonly<Record<string, Rate>> = { ...computeRates, ...dataRates, ...edgeRates, ...observabilityRates };

/**
 * What a stage costs a month.
 *
 * @param stacks resources by stack
 * @throws NoPriceError that lists every resource whose type has neither a price nor is declared free
 */
export function estimate(stacks: Readonly<Record<string, Resources>>, usage: Usage): Estimate {
  const problems: string[] = [];
  const all = Object.values(stacks).flatMap((resources) => Object.entries(resources));
  const count: RateContext['count'] = (type, passes = () => true) => all.filter(([id, { Type }]) => Type === type && passes(id)).length;
  const estimates = Object.entries(stacks).map(([stack, resources]) => {
    const charges = Object.entries(resources).flatMap(([id, resource]) => {
      try {
        if (free.has(resource.Type) || resource.Type.startsWith('Custom::')) return [];
        const rate = rates[resource.Type];
        if (!rate) throw new NoPriceError(`${resource.Type} has no price and is not declared free`);
        return rate(resource, { id, resources, usage, count });
      } catch (error) {
        if (!(error instanceof NoPriceError)) throw error;
        problems.push(`${stack}/${id}: ${error.message}`);
        return [];
      }
    });
    return stackEstimate(stack, charges);
  });
  if (problems.length > 0) throw new NoPriceError(`No estimate, since a price is missing:\n  ${problems.join('\n  ')}`);
  return { stacks: estimates, monthly: sum(estimates) };
}

function stackEstimate(stack: string, charges: readonly Charge[]): StackEstimate {
  const alike = new Map<string, Charge>();
  for (const charge of charges) {
    const key = `${charge.what} ${charge.price.unit}`;
    alike.set(key, { ...charge, quantity: (alike.get(key)?.quantity ?? 0) + charge.quantity });
  }
  const lines = [...alike.values()].map((charge) => ({ ...charge, monthly: charge.quantity * charge.price.usd }));
  const charged = lines.filter(({ quantity }) => quantity > 0).sort((a, b) => b.monthly - a.monthly);
  return { stack, lines: charged, monthly: sum(charged) };
}

const sum = (parts: readonly { readonly monthly: number }[]): number => parts.reduce((total, { monthly }) => total + monthly, 0);
