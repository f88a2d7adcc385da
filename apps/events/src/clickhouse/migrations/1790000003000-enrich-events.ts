import type { ClickHouseMigration } from '../migrate-clickhouse.js';

const name = (path: string): string => `ifNull(context.${path}.:String, '')`;
const pixels = (path: string): string => `toUInt16(least(greatest(ifNull(context.${path}.:Int64, 0), 0), 65535))`;

/** What the API says of an event; without a default, so that lines of an older API leave them empty. */
const sent: readonly (readonly [column: string, type: string])[] = [
  ['group_id', 'String'],
  ['previous_id', 'String'],
  ['browser', 'LowCardinality(String)'],
  ['browser_version', 'UInt16'],
  ['os', 'LowCardinality(String)'],
  ['os_version', 'LowCardinality(String)'],
  ['device_type', 'LowCardinality(String)'],
  ['is_bot', 'Bool'],
  // Empty where `properties` says the same: see apps/events/src/ingest/json-columns.ts.
  ['properties_raw', 'String CODEC(ZSTD(3))'],
];

/** What ClickHouse reads off the context when it inserts, and for older rows when it reads. */
const derived: readonly (readonly [column: string, type: string, expression: string])[] = [
  ['page_host', 'LowCardinality(String)', `domain(${name('page.url')})`],
  ['page_path', 'String', `path(${name('page.url')})`],
  ['referrer_host', 'LowCardinality(String)', `domain(${name('page.referrer')})`],
  ['utm_source', 'LowCardinality(String)', name('campaign.source')],
  ['utm_medium', 'LowCardinality(String)', name('campaign.medium')],
  ['utm_campaign', 'LowCardinality(String)', name('campaign.name')],
  ['utm_term', 'LowCardinality(String)', name('campaign.term')],
  ['utm_content', 'LowCardinality(String)', name('campaign.content')],
  ['locale', 'LowCardinality(String)', name('locale')],
  ['screen_width', 'UInt16', pixels('screen.width')],
  ['screen_height', 'UInt16', pixels('screen.height')],
  ['library_name', 'LowCardinality(String)', name('library.name')],
];

const additions = [
  ...sent.map(([column, type]) => `ADD COLUMN IF NOT EXISTS ${column} ${type}`),
  ...derived.map(([column, type, expression]) => `ADD COLUMN IF NOT EXISTS ${column} ${type} MATERIALIZED ${expression}`),
];
const removals = [...sent, ...derived].map(([column]) => `DROP COLUMN IF EXISTS ${column}`);

const before = `org_id, site_id, source_id, event_id, type, event_name, user_id, anonymous_id, session_id, ts, received_at,
    inserted_at, properties, context, ip, user_agent, request_id, trace_id`;
const added = [...sent, ...derived].map(([column]) => column).filter((column) => column !== 'properties_raw');
// Of 64-bit integers, texts would be made where a query asks for quoted ones.
const whole = `if(properties_raw = '', toJSONString(properties), properties_raw) AS properties_raw`;

const view = (columns: string): string => `
  CREATE OR REPLACE VIEW analytics.events DEFINER = tenant_rows SQL SECURITY DEFINER AS
  SELECT ${columns} FROM atrium.events FINAL`;

/** The view as it is from here on, with what later migrations add. */
export const enrichedView = (...more: readonly string[]): string =>
  `${view([before, ...added, ...more, whole].join(', '))} SETTINGS output_format_json_quote_64bit_integers = 0`;

export const enrichEvents: ClickHouseMigration = {
  name: '1790000003000-enrich-events',
  up: [
    `ALTER TABLE atrium.events ${additions.join(', ')}`,
    enrichedView(),
  ],
  down: [view(before), `ALTER TABLE atrium.events ${removals.join(', ')}`],
};
