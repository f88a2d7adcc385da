// docs/endpoints.md: what each endpoint demands, read off the contract.
import { allEndpoints } from '@atrium/contracts';

const authentication = {
  public: 'none',
  'signed-in': 'token',
  member: 'token of an organization',
  permission: 'token of an organization',
  'write-key': 'write key, or token',
};

const scoping = ({ access }) => {
  if (access.kind === 'permission') return access.scope === 'org' ? 'organization' : 'organization, site';
  if (access.kind === 'member') return 'organization; policy in the service';
  if (access.kind === 'write-key') return 'organization and site of the key';
  return access.kind === 'signed-in' ? 'the person' : '—';
};

const limitOf = ({ limit, access }) => {
  if (limit) return `${limit.requests} / ${limit.windowSeconds} s per ${limit.per}${limit.alone ? ', alone' : ''}`;
  return access.kind === 'public' ? '100 / h per address' : '1000 / h per person';
};

const row = (endpoint) =>
  [
    endpoint.method,
    [endpoint.path, ...(endpoint.aliases ?? [])].map((path) => `\`${path}\``).join(', '),
    authentication[endpoint.access.kind],
    endpoint.access.permission ? `\`${endpoint.access.permission}\`` : '—',
    scoping(endpoint),
    limitOf(endpoint),
    endpoint.summary,
  ].join(' | ');

export function endpointsPage(banner) {
  const services = [...new Set(allEndpoints.map((endpoint) => endpoint.service))];
  const sections = services.map((service) => {
    const rows = allEndpoints.filter((endpoint) => endpoint.service === service).map((endpoint) => `| ${row(endpoint)} |`);
    return `## ${service}\n\n| method | path | authentication | permission | scoping | limit | what |\n|---|---|---|---|---|---|---|\n${rows.join('\n')}\n`;
  });
  return `<!-- ${banner} -->\n# Endpoints\n\nThe general limits (per person, per anonymous address) hold beside a route's own, unless it says "alone". \`/health/live\`, \`/health/ready\` and \`/metrics\` are answered by every service without a token; the gateway also serves \`/docs\` and \`/openapi.json\`.\n\n${sections.join('\n')}`;
}
