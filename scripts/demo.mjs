// `npm run demo`, with the platform up: the whole story through the gateway alone.
import { createHash, randomUUID } from 'node:crypto';
import { call, claimsOf, gateway, mailedToken, pool, until, Unexpected } from './demo/client.mjs';
import { picture } from './demo/picture.mjs';

const password = 'a long sentence nobody has used before';
const singles = 500;
const batches = 19;
const perBatch = 500;
const total = singles + batches * perBatch;
const rows = [];

async function step(what, work) {
  if (process.stdout.isTTY) process.stdout.write(`… ${what}`);
  const begin = performance.now();
  const saw = await work();
  const ms = Math.round(performance.now() - begin);
  rows.push({ what, saw, ms });
  process.stdout.write(`${process.stdout.isTTY ? '\r' : ''}✓ ${what}: ${saw} (${ms} ms)\n`);
}

const newAddress = (name) => `${name}-${randomUUID().slice(0, 8)}@example.com`;

async function register(email, more) {
  const body = { email, password, password_confirm: password, ...more };
  const { body: account } = await call('POST', '/auth/register', { body, expect: 201 });
  return account;
}

async function verify(email) {
  await call('POST', '/auth/verify-email', { body: { token: await mailedToken(email, /verify/i) }, expect: 204 });
}

/** An organization comes to a new account by events: signs in until it is there. */
const signIn = (email) =>
  until(`the organization of ${email}`, async () => {
    const { body } = await call('POST', '/auth/login', { body: { email, password } });
    return claimsOf(body.access_token).org_id ? body : undefined;
  });

const anEvent = (name, index) => ({
  event: name,
  user_id: `visitor-${index % 250}`,
  properties: { index, price: (index % 100) / 4, plan: index % 3 ? 'free' : 'team' },
});

const statusOf = async (...request) => (await call(...request)).status;

async function story() {
  const ann = { email: newAddress('ann') };
  const bob = { email: newAddress('bob') };
  const event = `Demo Order ${randomUUID().slice(0, 8)}`;
  const image = picture();
  const span = () => `from=${new Date(Date.now() - 864e5).toISOString()}&to=${new Date(Date.now() + 36e5).toISOString()}`;
  let site, otherSite, source, upload, session;

  await step('Ann registers', async () => {
    ann.id = (await register(ann.email, { organization_name: 'Ann & Co' })).id;
    return `account ${ann.id}`;
  });
  await step('She verifies by mail', async () => (await verify(ann.email), 'verified'));
  await step('She logs in', async () => {
    session = await signIn(ann.email);
    ann.token = session.access_token;
    return `${session.user.roles.join(', ')} of organization ${claimsOf(ann.token).org_id}`;
  });
  await step('She creates two sites', async () => {
    site = (await call('POST', '/sites', { token: ann.token, body: { name: 'Shop' }, expect: 201 })).body;
    otherSite = (await call('POST', '/sites', { token: ann.token, body: { name: 'Back office' }, expect: 201 })).body;
    return `${site.name}, ${otherSite.name}`;
  });
  await step('She creates an event source', async () => {
    const body = { name: 'Web shop', site_id: site.id };
    source = (await call('POST', '/events/sources', { token: ann.token, body, expect: 201 })).body;
    return `write key ${source.write_key.slice(0, 8)}…`;
  });
  await step(`${total} events are sent (${singles} singles, ${batches} batches)`, async () => {
    const headers = { 'x-write-key': source.write_key };
    const send = (body) => call('POST', '/events', { headers, body, expect: 202 });
    let accepted = 0;
    const count = ({ body }) => (accepted += body.accepted);
    const one = (index) => async () => count(await send(anEvent(event, index)));
    const many = (first) => async () => {
      const batch = Array.from({ length: perBatch }, (_, i) => anEvent(event, first + i));
      count(await send({ batch }));
    };
    await pool(20, [
      ...Array.from({ length: singles }, (_, index) => one(index)),
      ...Array.from({ length: batches }, (_, index) => many(singles + index * perBatch)),
    ]);
    if (accepted !== total) throw new Unexpected(`${accepted} were accepted`);
    return `${accepted} accepted`;
  });
  await step('The query API counts them', async () => {
    const path = () => `/events/query/count?event=${encodeURIComponent(event)}&${span()}`;
    const count = () => call('GET', path(), { token: ann.token }).then(({ body }) => body.count);
    await until(`a count of ${total}`, async () => (await count()) === total);
    return `${await count()} events`;
  });
  await step('SQL counts them', async () => {
    const body = {
      query: 'SELECT count() AS events, uniqExact(user_id) AS people FROM events WHERE event_name = {name:String}',
      params: { name: event },
    };
    const [row] = (await call('POST', '/events/sql', { token: ann.token, body })).body.data;
    if (Number(row.events) !== total) throw new Unexpected(`SQL counts ${row.events}, not ${total}`);
    return `${row.events} events of ${row.people} people`;
  });
  await step('An image is uploaded by presigned URL', async () => {
    const sha256 = createHash('sha256').update(image).digest('hex');
    const body = { site_id: site.id, filename: 'Größe.png', content_type: 'image/png', size: image.length, sha256 };
    upload = (await call('POST', '/gallery/uploads', { token: ann.token, body, expect: 201 })).body;
    const put = await fetch(upload.url, { method: upload.method, headers: upload.headers, body: image });
    if (!put.ok) throw new Unexpected(`S3 answered ${put.status} ${await put.text()}`);
    await call('POST', `/gallery/uploads/${upload.asset_id}/complete`, { token: ann.token, body: {}, expect: 202 });
    return `${image.length} bytes`;
  });
  await step('It is verified and ready', async () => {
    const asset = () => call('GET', `/gallery/assets/${upload.asset_id}`, { token: ann.token }).then(({ body }) => body);
    await until('the image to be ready', async () => (await asset()).status === 'ready');
    return (await asset()).content_type;
  });
  await step('It comes down the same', async () => {
    const { body } = await call('GET', `/gallery/assets/${upload.asset_id}/download`, { token: ann.token });
    const bytes = Buffer.from(await (await fetch(body.url)).arrayBuffer());
    if (!bytes.equals(image)) throw new Unexpected('other bytes came down than went up');
    return `${bytes.length} equal bytes`;
  });
  await step('Bob is invited as viewer of the back office', async () => {
    const { body: roles } = await call('GET', '/roles', { token: ann.token });
    const viewer = roles.data.find((role) => role.name === 'viewer');
    const body = { email: bob.email, role_id: viewer.id, site_id: otherSite.id };
    await call('POST', '/users', { token: ann.token, body, expect: 201 });
    return bob.email;
  });
  await step('He joins by the mailed invitation', async () => {
    bob.id = (await register(bob.email, { invitation_token: await mailedToken(bob.email, /invit/i) })).id;
    await verify(bob.email);
    bob.token = (await signIn(bob.email)).access_token;
    return claimsOf(bob.token).org_id === claimsOf(ann.token).org_id ? 'same organization' : 'ANOTHER ORGANIZATION';
  });
  await step('He sees his site only', async () => {
    const { body } = await call('GET', '/sites', { token: bob.token });
    return body.data.map(({ name }) => name).join(', ');
  });
  await step('What he should not see, he does not', async () => {
    const token = bob.token;
    const refused = {
      "the shop's image": await statusOf('GET', `/gallery/assets/${upload.asset_id}`, { token, expect: 404 }),
      'people': await statusOf('GET', '/users', { token, expect: 403 }),
      'write keys': await statusOf('GET', '/events/sources', { token, expect: 403 }),
      'SQL': await statusOf('POST', '/events/sql', { token, body: { query: 'SELECT 1' }, expect: 403 }),
      'a new site': await statusOf('POST', '/sites', { token, body: { name: 'Mine' }, expect: 403 }),
    };
    return Object.entries(refused).map(([what, status]) => `${what} ${status}`).join(', ');
  });
  await step('Ann logs out', async () => {
    await call('POST', '/auth/logout', { token: ann.token, body: { refresh_token: session.refresh_token }, expect: 204 });
    await until('the token to die', async () => (await statusOf('GET', '/users', { token: ann.token, expect: [200, 401] })) === 401);
    return 'her token is refused everywhere';
  });
}

function printTable() {
  if (rows.length === 0) return;
  const width = Math.max(...rows.map(({ what }) => what.length));
  console.log(`\n${'what'.padEnd(width)}  ${'ms'.padStart(6)}  saw`);
  console.log(`${'─'.repeat(width)}  ${'─'.repeat(6)}  ${'─'.repeat(40)}`);
  for (const { what, saw, ms } of rows) console.log(`${what.padEnd(width)}  ${String(ms).padStart(6)}  ${saw}`);
}

try {
  await story();
  printTable();
} catch (error) {
  printTable();
  const unreachable = error instanceof TypeError && error.message === 'fetch failed';
  console.error(`\nThe demo stopped: ${unreachable ? `nothing answers at ${gateway}; run \`npm start\` first` : error.message}`);
  if (/ 429 /.test(error.message)) console.error('The limits hold for this address too: wait, or start with ATRIUM_LIMIT_SCALE=100 npm start.');
  process.exit(1);
}
