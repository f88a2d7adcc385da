import type { FunnelStep } from '@atrium/contracts/events';
import { groupKeySql } from './group-key.js';
import { stepSql } from './event-filter.js';
import { ofSomebody, somebodyHash } from './measure-sql.js';
import type { SqlParameters } from './sql-parameters.js';

export interface FunnelQuestion {
  readonly steps: readonly FunnelStep[];
  /** Seconds. */
  readonly within: number;
  readonly order: 'any_between' | 'strict';
  /** Conditions on every event. */
  readonly where: string;
  readonly by?: { readonly field: string; readonly limit: number } | undefined;
}

const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index + 1);

/** Events that are no step matter where nothing may lie between; by name, only rows of these names are read. */
function readSql({ steps, order, where }: FunnelQuestion, parameters: SqlParameters): string {
  const names = steps.map(({ event }) => event);
  const named = names.filter((name) => name !== undefined);
  if (order === 'strict' || named.length < names.length) return `${where} AND ${ofSomebody}`;
  return `event_name IN (${[...new Set(named)].map((name) => parameters.text(name)).join(', ')}) AND ${where} AND ${ofSomebody}`;
}

/**
 * State of a user after each event, as a tuple: of step k the beginning (`s`) of the latest attempt that has come so
 * far, when it came (`a`), and, once only, how long the step took (`d`); last, how long the whole took. 0 is none, -1 not
 * yet. `e` is the time in milliseconds above ten bits, one for each step that the event is. Everything is read of the
 * state before the event, so that one event is one step.
 */
function foldSql(count: number, order: FunnelQuestion['order'], within: string): string {
  const at = { s: (k: number) => `x.${k}`, a: (k: number) => `x.${count + k}`, d: (k: number) => `x.${2 * count + k - 1}` };
  const total = `x.${3 * count}`;
  const time = 'toInt64(bitShiftRight(e, 10))';
  const comes = (k: number): string => `(bitTest(e, ${k - 1}) AND ${at.s(k - 1)} > 0 AND ${time} - ${at.s(k - 1)} <= ${within})`;
  // The same attempt again is no newer one; where nothing may lie between, whatever came so far has ended with this event.
  const moves = (k: number): string => (order === 'strict' ? comes(k) : `(${comes(k)} AND ${at.s(k - 1)} != ${at.s(k)})`);
  const stays = (value: string): string => (order === 'strict' ? 'toInt64(0)' : value);
  const rest = numbers(count).slice(1);
  const parts = [
    `if(bitTest(e, 0), ${time}, ${stays(at.s(1))})`,
    ...rest.map((k) => `if(${moves(k)}, ${at.s(k - 1)}, ${stays(at.s(k))})`),
    `if(bitTest(e, 0), ${time}, ${stays(at.a(1))})`,
    ...rest.map((k) => `if(${moves(k)}, ${time}, ${stays(at.a(k))})`),
    ...rest.map((k) => `if(${at.d(k)} < 0 AND ${comes(k)}, ${time} - ${at.a(k - 1)}, ${at.d(k)})`),
    `if(${total} < 0 AND ${comes(count)}, ${time} - ${at.s(count - 1)}, ${total})`,
  ];
  const nothing = [...Array.from({ length: 2 * count }, () => 'toInt64(0)'), ...Array.from({ length: count }, () => 'toInt64(-1)')];
  return `arrayFold((x, e) -> (${parts.join(', ')}), path, (${nothing.join(', ')}))`;
}

/**
 * One row, or one a value of `by`: `reached` and `step_ms` by step, and `total_ms`. A window function of ClickHouse's
 * (windowFunnel) takes one event for two steps that are alike, and tells no times; see ADR 0030.
 */
export function funnelSql(question: FunnelQuestion, parameters: SqlParameters): string {
  const { steps, order, by } = question;
  const count = steps.length;
  const mask = steps.map((step, index) => `${2 ** index} * ${stepSql(step, parameters)}`).join(' + ');
  const key = by === undefined ? `''` : `argMinIf(${groupKeySql(by.field)}, ts, bitTest(mask, 0))`;
  const event = 'bitShiftLeft(toUInt64(toUnixTimestamp64Milli(ts)), 10) + mask';
  const within = parameters.integer(question.within * 1000);
  // A first step that leads nowhere is left out: another one, nothing (0), or nothing in time comes next. Folding costs
  // more than that, so who has none left, or never took the second step at all, has nothing folded.
  const leadsNowhere = `(bitAnd(e, 1023) = 1 AND (bitAnd(next, 1023) < 2 OR bitShiftRight(next, 10) - bitShiftRight(e, 10) > ${within}))`;
  const sparse = `arrayFilter((e, next) -> NOT ${leadsNowhere}, sorted, arrayPushBack(arrayPopFront(sorted), toUInt64(0)))`;
  const kept = `if(bitAnd(seen, 3) = 3, ${order === 'strict' ? 'sorted' : sparse}, [])`;
  const path = 'if(arrayExists(e -> bitTest(e, 0), kept), kept, [])';
  const reached = numbers(count).map((k) => (k === 1 ? 'countIf(bitTest(seen, 0))' : `countIf(state.${2 * count + k - 1} >= 0)`));
  const took = (index: number): string => `quantileExactInclusiveIf(0.5)(state.${index}, state.${index} >= 0)`;
  const medians = numbers(count).slice(1).map((k) => took(2 * count + k - 1));
  const users = `SELECT ${key} AS value, arraySort(groupArray(${event})) AS sorted, toUInt16(bitAnd(arrayReduce('groupBitOr', sorted), 1023)) AS seen
    FROM (SELECT *, toUInt16(${mask}) AS mask FROM events)
    WHERE ${readSql(question, parameters)}${order === 'strict' ? '' : ' AND mask != 0'} GROUP BY ${somebodyHash}`;
  return `SELECT value, [${reached.join(', ')}] AS reached, [${medians.join(', ')}] AS step_ms, ${took(3 * count)} AS total_ms
    FROM (SELECT value, seen, ${kept} AS kept, ${path} AS path, ${foldSql(count, order, within)} AS state FROM (${users}) WHERE bitTest(seen, 0))
    GROUP BY value ORDER BY reached DESC, value LIMIT ${parameters.integer(by?.limit ?? 1)}`;
}
