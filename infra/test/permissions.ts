import { expect, it } from 'vitest';
import { property, type Resource, type Synthesized } from './synthesized.js';

interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Effect: string;
  readonly Condition?: unknown;
}
const list = <T>(value: T | readonly T[]): readonly T[] => (Array.isArray(value) ? value : [value]) as readonly T[];

/** A resource as a person reads it: what CloudFormation fills in by its name, without hashes. */
function readable(resource: unknown): string {
  if (typeof resource === 'string') return resource;
  if (typeof resource !== 'object' || resource === null) return String(resource);
  const [[kind, value] = ['', undefined]] = Object.entries(resource) as [string, unknown][];
  if (kind === 'Fn::Join') return (value as [string, unknown[]])[1].map(readable).join('');
  const name = kind === 'Fn::GetAtt' ? String((value as string[])[0]) : String(value);
  return `<${name.replace(/^.*:ExportsOutput(Ref|FnGetAtt)/, '').replace(/([0-9A-F]{8})(Arn)?([0-9A-F]{8})?$/, '')}>`;
}

/** `role: action → resource`, one a line: what a reviewer reads when a permission changes. */
function permissions(stage: Synthesized): string[] {
  const lines = [...stage.resources('AWS::IAM::Policy', 'Services')].flatMap(([, policy]) => {
    const roles = (property(policy, 'Roles') as unknown[]).map(readable).join();
    const statements = property(policy, 'PolicyDocument', 'Statement') as readonly Statement[];
    return statements.flatMap((statement) =>
      list(statement.Action).flatMap((action) => list(statement.Resource).map((resource) => `${roles}: ${action} → ${readable(resource)}`)),
    );
  });
  return [...new Set(lines)].sort();
}

/** Wildcards that have a reason next to their construct. */
const explained = [
  /^<CommonRightsExecutionRole>: ecr:GetAuthorizationToken → \*$/,
  /^<CommonRightsRunnerRole>: ecs:DescribeTasks → arn:<AWS::Partition>:ecs:[\w-]+:<AWS::AccountId>:task\/<Cluster>\/\*$/,
  /^<galleryTaskRole>: s3:(PutObject|GetObject|AbortMultipartUpload|ListMultipartUploadParts) → arn:<AWS::Partition>:s3:::atrium-\w+-(quarantine|ready)-<AWS::AccountId>\/\*$/,
  /^<galleryworkerTaskRole>: s3:((Put|Get|Delete)Object|AbortMultipartUpload) → arn:<AWS::Partition>:s3:::atrium-\w+-(quarantine|ready)-<AWS::AccountId>\/\*$/,
];

/** Where downloads go by CloudFront, the gallery signs for it. */
const ofSomeStages = /^<galleryTaskRole>: secretsmanager:GetSecretValue → <SecretsDownloadsKey>$/;

/** What each role may do, in each stage. */
export function permissionsHold(stage: () => Synthesized): void {
  it('gives every role what the list says, which a reviewer reads', async () => {
    const { name } = stage().config;
    const text = permissions(stage()).filter((line) => !ofSomeStages.test(line)).join('\n').replaceAll(`atrium-${name}-`, 'atrium-STAGE-');
    await expect(`${text}\n`).toMatchFileSnapshot('../test/task-permissions.txt');
  });

  it('lets the gallery alone read the key with which downloads are signed, where they are', () => {
    const readers = permissions(stage()).filter((line) => line.includes('DownloadsKey'));
    expect(readers.filter((line) => !ofSomeStages.test(line))).toEqual([]);
    expect(readers).toHaveLength(stage().config.downloads?.inUse ? 1 : 0);
  });

  it('has no wildcard but those with a reason', () => {
    const wild = permissions(stage()).filter((line) => /[*?]/.test(line));
    expect(wild.filter((line) => !explained.some((pattern) => pattern.test(line)))).toEqual([]);
    for (const pattern of explained) expect(wild.some((line) => pattern.test(line))).toBe(true);
  });

  it('gives no process the secrets of another, or of the administrator', () => {
    for (const line of permissions(stage()).filter((one) => one.includes('secretsmanager:'))) {
      const [role = '', secret = ''] = line.split(/: secretsmanager:\w+ → /);
      const service = /<(auth|users|gallery|events|mailer|gateway)/.exec(role)?.[1];
      expect(service, line).toBeDefined();
      const owner = /<Postgres(auth|users|gallery|events|mailer)(app|owner)/.exec(secret);
      if (owner) expect(line).toContain(`<${owner[1]}`);
      if (owner?.[2] === 'owner' || /Administrator/.test(secret)) expect(role).toMatch(/^<\w+releaseTaskRole>$|^<eventsrotationTaskRole>$/);
      if (service && owner) expect(owner[1]).toBe(service);
    }
  });

  it('lets tasks alone take the roles of tasks', () => {
    for (const [name, role] of stage().resources('AWS::IAM::Role', 'Services')) {
      const principal = JSON.stringify(property(role as Resource, 'AssumeRolePolicyDocument'));
      expect(principal, name).toMatch(/"Service":"(ecs-tasks|lambda|application-autoscaling|ecs|events)\.amazonaws\.com"/);
    }
  });
}
