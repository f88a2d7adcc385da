import type { Price } from './prices.js';
import type { Resources, TemplateResource } from './template.js';
import type { Usage } from './usage.js';

/** Hours of an average month, as AWS counts. */
export const hours = 730;

/** So many units of a price, in a month. */
export interface Charge {
  readonly what: string;
  readonly quantity: number;
  readonly price: Price;
}

export interface RateContext {
  /** Logical id of the resource. */
  readonly id: string;
  /** Of the same stack, for what the resource refers to. */
  readonly resources: Resources;
  readonly usage: Usage;
  /** How many resources of a type the stage has, of those whose logical id passes: they share what is assumed for it. */
  readonly count: (type: string, passes?: (id: string) => boolean) => number;
}

/** What a resource is charged for. */
export type Rate = (resource: TemplateResource, context: RateContext) => readonly Charge[];

export const charge = (what: string, quantity: number, price: Price): Charge => ({ what, quantity, price });
