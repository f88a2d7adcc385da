import type { StageConfig } from '../config/index.js';
import type { Estimate } from './estimate.js';
import { priceTable } from './prices.js';
import type { Usage } from './usage.js';

const dollars = (amount: number): string => amount.toFixed(2).padStart(10);
const amount = (quantity: number): string => quantity.toLocaleString('en', { maximumFractionDigits: 2 });

const notIn = [
  'tax, support plans, registration of the domain',
  'images in ECR (0.10 USD a GB a month) and the bucket of `cdk bootstrap`',
  'mails: SMTP is another bill',
  'tasks beyond the least number, which autoscaling starts under load, and twice as many tasks while a deployment lasts',
];

/** An estimate as text: each stack with its lines, then the assumptions and what is left out. */
export function report(config: StageConfig, estimate: Estimate, usage: Usage): string {
  const stacks = estimate.stacks.flatMap(({ stack, lines, monthly }) => [
    `${stack.padEnd(84)}${dollars(monthly)}`,
    ...lines.map(({ what, quantity, price, monthly: cost }) => `  ${`${what}: ${amount(quantity)} × ${price.usd} a ${price.unit}`.padEnd(82)}${dollars(cost)}`),
    '',
  ]);
  const clickHouse = config.clickHouse.mode === 'cloud' ? ['ClickHouse Cloud, which has its own bill'] : [];
  return [
    `${config.name}: estimate in ${priceTable.currency} a month, ${priceTable.region}`,
    `Prices were written down from memory on ${priceTable.writtenDown} and never fetched: compare them with their sources in infra/src/cost/prices.ts.`,
    ...(config.region === priceTable.region ? [] : [`The stage is in ${config.region}, where prices differ.`]),
    '',
    ...stacks,
    `${'Total'.padEnd(84)}${dollars(estimate.monthly)}`,
    `${'Budget with alarms'.padEnd(84)}${dollars(config.observability.monthlyBudgetUsd)}`,
    '',
    'Assumed (infra/src/cost/usage.ts; months of 730 hours, the least number of tasks, no free tier, on demand):',
    ...Object.entries(usage).map(([name, value]) => `  ${name}: ${JSON.stringify(value)}`),
    'Not in it:',
    ...[...notIn, ...clickHouse].map((line) => `  ${line}`),
    '',
  ].join('\n');
}
