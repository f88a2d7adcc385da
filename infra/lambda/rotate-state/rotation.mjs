import { randomInt } from 'node:crypto';

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const newPassword = () => Array.from({ length: 48 }, () => letters[randomInt(letters.length)]).join('');
const passwordOf = (text) => decodeURIComponent(new URL(JSON.parse(text).url).password);

/**
 * The four steps of Secrets Manager for the shared state's `{url}`. Its user has two passwords, the present and the next:
 * the one before last goes when another is made, a whole period later, so that nobody who still signs in with it is cut
 * off. Each step is safe to repeat.
 */
export async function rotate({ Step, SecretId, ClientRequestToken }, { userId, passwordSecretId }, aws) {
  const version = async (which) => (await aws.getSecretValue({ SecretId, ...which })).SecretString;
  const current = () => version({ VersionStage: 'AWSCURRENT' });
  const pending = () => version({ VersionId: ClientRequestToken, VersionStage: 'AWSPENDING' });
  const { VersionIdsToStages = {} } = await aws.describeSecret({ SecretId });
  const stages = VersionIdsToStages[ClientRequestToken] ?? [];
  if (stages.includes('AWSCURRENT')) return;

  switch (Step) {
    case 'createSecret': {
      if (stages.includes('AWSPENDING') && (await pending().catch(() => undefined))) return;
      const document = JSON.parse(await current());
      const url = new URL(document.url);
      url.password = newPassword();
      await aws.putSecretValue({ SecretId, ClientRequestToken, SecretString: JSON.stringify({ ...document, url: url.href }), VersionStages: ['AWSPENDING'] });
      return;
    }
    case 'setSecret':
      await untilActive(userId, aws);
      await aws.modifyUser({ UserId: userId, Passwords: [passwordOf(await current()), passwordOf(await pending())] });
      return;
    case 'testSecret': {
      // It can't sign in itself: tasks alone reach the store.
      const { Authentication } = await untilActive(userId, aws);
      if (Authentication?.PasswordCount !== 2) throw new Error(`The user ${userId} has ${Authentication?.PasswordCount} passwords, not two.`);
      return;
    }
    case 'finishSecret': {
      // What CloudFormation gives the user whenever it changes it.
      await aws.putSecretValue({ SecretId: passwordSecretId, SecretString: JSON.stringify({ password: passwordOf(await pending()) }) });
      const [from] = Object.entries(VersionIdsToStages).find(([, labels]) => labels.includes('AWSCURRENT')) ?? [];
      await aws.updateSecretVersionStage({ SecretId, VersionStage: 'AWSCURRENT', MoveToVersionId: ClientRequestToken, RemoveFromVersionId: from });
      return;
    }
    default:
      throw new Error(`There is no step ${Step}.`);
  }
}

async function untilActive(UserId, aws) {
  for (let attempt = 0; attempt < 60; attempt += 1) {
    const { Users: [user] = [] } = await aws.describeUsers({ UserId });
    if (user?.Status === 'active') return user;
    await aws.wait(4_000);
  }
  throw new Error(`The user ${UserId} is still being changed.`);
}
