// Organizations with so many assets, as the service would have made them, in one database.
import { randomUUID } from 'node:crypto';

const chunk = 50_000;

/** Half of the files are photos; the n-th has a name of its own. Tags by how many have them. */
const fill = (orgId, sites, from, to, total) => `
  insert into gallery.assets (org_id, id, site_id, filename, content_type, size, sha256, status, quarantine_key, ready_key, verified_etag,
    created_by, expires_at, created_at, updated_at, tags, metadata)
  select '${orgId}', uuidv7(), ('{${sites.join(',')}}'::uuid[])[1 + n % ${sites.length}],
    case when n % 2 = 0 then 'Photo ' else 'Bericht ' end || substr(md5(n::text), 1, 6) || ' Nr' || n || '.jpg', 'image/jpeg',
    1000 + (hashint8(n::bigint) & 1048575), repeat('ab', 32), 'ready', '${orgId}/' || n, '${orgId}/' || n, 'etag',
    md5('person ' || n % 500)::uuid, now(), now() - make_interval(secs => n * 7), now(),
    array_remove(array['Archiv', case when n % 2 = 0 then 'Halb' end, case when hashint8(n::bigint) % 100 = 0 then 'Hundertstel' end,
      case when n % (${total} / 10) = 0 then 'Selten' end], null), '{"camera": "X100"}'
  from generate_series(${from}, ${to}) n`;

async function fillOrganization(superuser, assets, sites) {
  const orgId = randomUUID();
  const siteIds = Array.from({ length: sites }, () => randomUUID());
  await superuser.query('insert into gallery.sites select $1, site, \'Site\', false, 1 from unnest($2::uuid[]) site', [orgId, siteIds]);
  const starts = Array.from({ length: Math.ceil(assets / chunk) }, (_, i) => i * chunk + 1);
  const worker = async () => {
    for (let from = starts.shift(); from !== undefined; from = starts.shift()) {
      await superuser.query(fill(orgId, siteIds, from, Math.min(from + chunk - 1, assets), assets));
    }
  };
  await Promise.all([worker(), worker()]);
  return { orgId, siteId: siteIds[0] };
}

/** Those of the given sizes, and a hundred others with 1,000 assets each. */
export async function fillOrganizations(superuser, sizes) {
  await superuser.query(`alter system set max_wal_size = '8GB'`);
  await superuser.query('select pg_reload_conf()');
  for (let i = 0; i < 100; i += 1) await fillOrganization(superuser, 1_000, 2);
  const filled = [];
  for (const size of sizes) filled.push(await fillOrganization(superuser, size, 20));
  await superuser.query('vacuum analyze gallery.assets');
  return filled;
}
