// The service's own SQL.
import { funnelSql } from '../../apps/events/dist/queries/funnel-sql.js';
import { whereOf } from '../../apps/events/dist/queries/event-filter.js';
import { measureSql } from '../../apps/events/dist/queries/measure-sql.js';
import { SqlParameters } from '../../apps/events/dist/queries/sql-parameters.js';

const window = { from: '2026-10-23T00:00:00Z', to: '2026-11-20T00:00:00Z' };
const principalOf = (orgId) => ({ orgId, permissions: ['events.read'], sitePermissions: {} });

function funnel(orgId, names) {
  const parameters = new SqlParameters();
  const where = whereOf(principalOf(orgId), window, parameters);
  const steps = names.map((event) => ({ event }));
  return { query: funnelSql({ steps, within: 86_400, order: 'any_between', where }, parameters), parameters: parameters.values, heavy: true };
}

function count(orgId, measure, sql = (one) => `SELECT ${one} FROM events`) {
  const parameters = new SqlParameters();
  const where = whereOf(principalOf(orgId), window, parameters);
  return { query: `${sql(measureSql[measure])} WHERE ${where}`, parameters: parameters.values };
}

export const funnelCases = (orgId) => [
  ['funnel, its first step 60 % of all events', funnel(orgId, ['page_view', 'added_to_cart', 'order_completed'])],
  ['funnel of rarer steps', funnel(orgId, ['product_viewed', 'added_to_cart', 'order_completed'])],
  ['count of events', count(orgId, 'events')],
  ['count of users', count(orgId, 'users')],
];
