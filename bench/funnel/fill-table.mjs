// Events of 28 days in the order of time, as they would have come: half of them of one organization, the rest of 99.
const orgOf = (number) => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
export const largeOrg = orgOf(0);
export const smallOrg = orgOf(7);
const days = 28;

const insert = (day, count) => `INSERT INTO atrium.events (org_id, site_id, source_id, event_id, type, event_name, user_id, session_id, ts, received_at, inserted_at, properties, context, retention_days)
  SELECT toUUID(concat('00000000-0000-4000-8000-', leftPad(toString(org), 12, '0'))) AS org_id, toUUID(concat('00000000-0000-4000-9000-', leftPad(toString(org * 10 + rnd % 2), 12, '0'))), org_id,
    reinterpretAsUUID(cityHash64(number, 1) + bitShiftLeft(toUInt128(cityHash64(number, 2)), 64)), 'track',
    multiIf(rnd % 100 < 60, 'page_view', rnd % 100 < 75, 'product_viewed', rnd % 100 < 80, 'added_to_cart', rnd % 100 < 83, 'checkout_started', rnd % 100 < 85, 'order_completed', rnd % 100 < 95, 'clicked', 'scrolled'),
    concat('user-', toString(person)), concat('s', toString(person)),
    toDateTime64('2026-10-23 00:00:00', 3, 'UTC') + toIntervalMillisecond(toUInt64(${day}) * 86400000 + toUInt64((number - ${day * count}) * 86400000 / ${count})) AS ts, ts, ts,
    concat('{"plan":"', ['free', 'pro', 'team'][1 + cityHash64(number, 5) % 3], '","price":', toString(cityHash64(number, 6) % 500), '}'), '{}', 1827
  FROM (SELECT number, cityHash64(number, 9) AS rnd, if(number % 2 = 0, 0, 1 + cityHash64(number, 10) % 99) AS org, cityHash64(number, 3) % if(org = 0, 400000, 5000) AS person FROM numbers(${day * count}, ${count}))`;

/** Fills an empty table. */
export async function fillTable(table, millions) {
  const perDay = Math.ceil((millions * 1e6) / days);
  const isEmpty = Number(await table.run('SELECT count() FROM atrium.events')) === 0;
  const settings = { max_insert_threads: 1, max_threads: 1, max_insert_block_size: 250_000 };
  for (let day = 0; isEmpty && day < days; day += 1) await table.run(insert(day, perDay), settings);
}
