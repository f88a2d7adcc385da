import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Aws, rotate } from '../../lambda/rotate-state/rotation.mjs';

const steps = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const;
const settings = { userId: 'atrium-dev', passwordSecretId: 'state-password' };
const url = (password: string) => JSON.stringify({ url: `rediss://atrium:${password}@cache:6379` });
const passwordIn = (text = '') => new URL((JSON.parse(text) as { url: string }).url).password;

/** Secrets Manager and ElastiCache as this function sees them: versions with their labels, and a user with passwords. */
function world() {
  const versions = new Map<string, { text: string; labels: string[] }>([['v0', { text: url('first'), labels: ['AWSCURRENT'] }]]);
  const labelled = (label: string) => [...versions].find(([, { labels }]) => labels.includes(label));
  let passwords = ['first'];
  let given = 'first';
  let changing = 0;
  const aws: Aws = {
    describeSecret: async () => ({ VersionIdsToStages: Object.fromEntries([...versions].map(([id, { labels }]) => [id, labels])) }),
    getSecretValue: async ({ VersionId, VersionStage }) => {
      const version = VersionId ? versions.get(VersionId) : labelled(String(VersionStage))?.[1];
      if (!version) throw new Error('ResourceNotFoundException');
      return { SecretString: version.text };
    },
    putSecretValue: async ({ SecretId, ClientRequestToken, SecretString }) => {
      if (SecretId === settings.passwordSecretId) given = (JSON.parse(SecretString) as { password: string }).password;
      else versions.set(String(ClientRequestToken), { text: SecretString, labels: ['AWSPENDING'] });
    },
    updateSecretVersionStage: async ({ MoveToVersionId, RemoveFromVersionId }) => {
      const from = versions.get(String(RemoveFromVersionId));
      const to = versions.get(MoveToVersionId);
      if (!from?.labels.includes('AWSCURRENT') || !to) throw new Error('InvalidParameterException');
      from.labels = ['AWSPREVIOUS'];
      to.labels = ['AWSCURRENT'];
    },
    modifyUser: async ({ Passwords }) => {
      if (changing > 0) throw new Error('InvalidUserStateFault');
      passwords = Passwords;
      changing = 2;
    },
    describeUsers: async () => {
      changing = Math.max(0, changing - 1);
      return { Users: [{ Status: changing > 0 ? 'modifying' : 'active', Authentication: { PasswordCount: passwords.length } }] };
    },
    wait: async () => undefined,
  };
  const current = () => passwordIn(labelled('AWSCURRENT')?.[1].text);
  return { aws, current, passwords: () => passwords, given: () => given };
}

describe('rotation of the password of the shared state', () => {
  const step = (token: string, name: string, { aws }: ReturnType<typeof world>) => rotate({ Step: name, SecretId: 'state', ClientRequestToken: token }, settings, aws);

  it('gives services a new one, and leaves the one before valid', async () => {
    const at = world();
    for (const name of steps) await step('v1', name, at);
    expect(at.current()).toMatch(/^[A-Za-z0-9]{48}$/);
    expect(at.passwords()).toEqual(['first', at.current()]);
  });

  it('never takes away the password that services have now, or had before the last rotation, whatever is repeated', async () => {
    // How often each step is done, and whether it fails after it was done, is Secrets Manager's affair.
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(fc.nat(3), { minLength: 0, maxLength: 6 }), { minLength: 1, maxLength: 4 }), async (rotations) => {
        const at = world();
        for (const [number, extra] of rotations.entries()) {
          const before = at.current();
          for (const [index, name] of steps.entries()) {
            for (let repeats = 0; repeats <= extra.filter((one) => one === index).length; repeats += 1) {
              await step(`v${number + 1}`, name, at);
              expect(at.passwords()).toContain(before);
              expect(at.passwords()).toContain(at.current());
            }
          }
          expect(at.current()).not.toBe(before);
          // What CloudFormation would set next time.
          expect(at.given()).toBe(at.current());
        }
      }),
      { numRuns: 50 },
    );
  });

  it('refuses a step that it does not know', () => expect(step('v1', 'somethingElse', world())).rejects.toThrow('somethingElse'));
});
