import { describe, expect, it } from 'vitest';
import { type Aws, handle } from '../../lambda/run-task/release.mjs';

const event = (RequestType: string, more: object = {}) => ({
  RequestType,
  RequestId: 'request-1',
  LogicalResourceId: 'Run',
  ResponseURL: 'https://cloudformation.example/answer',
  ResourceProperties: { Cluster: 'cluster', TaskDefinition: 'auth:7', Subnets: ['s'], SecurityGroups: ['g'], ...more },
});

/** ECS and CloudFormation as this function sees them: a task that is looked at until it has ended. */
function world(looks: object[]) {
  const answers: { Status: string; Reason: string }[] = [];
  const handedOver: string[] = [];
  const redeployed: string[] = [];
  let started = 0;
  const aws: Aws = {
    runTask: async () => {
      started += 1;
      return { tasks: [{ taskArn: 'task-1' }] };
    },
    describeTasks: async () => ({ tasks: [looks.shift() ?? { lastStatus: 'RUNNING' }] }),
    updateService: async ({ service }) => redeployed.push(service),
    invoke: async ({ Payload }) => handedOver.push(Payload),
    put: async (_, body) => {
      answers.push(JSON.parse(body) as { Status: string; Reason: string });
      return { ok: true, status: 200 };
    },
  };
  return { aws, answers, handedOver, redeployed, started: () => started };
}
const context = (remaining = 900_000) => ({ getRemainingTimeInMillis: () => remaining, invokedFunctionArn: 'function' });
const stopped = (...exitCodes: (number | undefined)[]) => ({
  lastStatus: 'STOPPED',
  taskArn: 'task-1',
  stoppedReason: 'Essential container in task exited',
  containers: exitCodes.map((exitCode, index) => ({ name: `step-${index}`, exitCode })),
});

describe('the release function', () => {
  it('answers when the task has ended, not before', async () => {
    const { aws, answers } = world([{ lastStatus: 'PROVISIONING' }, { lastStatus: 'RUNNING' }, stopped(0, 0)]);
    await handle(event('Update'), context(), aws, 1);
    expect(answers).toMatchObject([{ Status: 'SUCCESS', PhysicalResourceId: 'Run', RequestId: 'request-1' }]);
  });

  it('fails the deployment when a step fails, and names it', async () => {
    const { aws, answers } = world([stopped(1, undefined)]);
    await handle(event('Create'), context(), aws, 1);
    expect(answers).toMatchObject([{ Status: 'FAILED', Reason: expect.stringMatching(/step-0: 1, step-1: did not run.*task-1/) }]);
  });

  it('fails the deployment when a task ends without having run', async () => {
    const { aws, answers } = world([{ lastStatus: 'STOPPED', stoppedReason: 'CannotPullContainerError' }]);
    await handle(event('Create'), context(), aws, 1);
    expect(answers).toMatchObject([{ Status: 'FAILED', Reason: expect.stringContaining('CannotPullContainerError') }]);
  });

  it('hands a long task over, which the next run only waits for', async () => {
    const first = world([{ lastStatus: 'RUNNING' }]);
    await handle(event('Update'), context(30_000), first.aws, 1);
    expect(first.answers).toEqual([]);
    const next = world([stopped(0)]);
    await handle(JSON.parse(first.handedOver[0] ?? '') as object, context(), next.aws, 1);
    expect(next.started()).toBe(0);
    expect(next.answers).toMatchObject([{ Status: 'SUCCESS' }]);
  });

  it('says what ECS refused', async () => {
    const { aws, answers } = world([]);
    await handle(event('Create'), context(), { ...aws, runTask: async () => ({ failures: [{ reason: 'RESOURCE:CPU' }] }) }, 1);
    expect(answers).toMatchObject([{ Status: 'FAILED', Reason: expect.stringContaining('RESOURCE:CPU') }]);
  });

  it('undoes nothing, and starts nothing, when the resource goes', async () => {
    const { aws, answers, started } = world([]);
    await handle(event('Delete'), context(), aws, 1);
    expect([answers[0]?.Status, started()]).toEqual(['SUCCESS', 0]);
  });

  it.each([['Create', ['auth', 'events']], ['Update', []]])('on %s asks these for new tasks: %j', async (type, expected) => {
    const { aws, redeployed, answers } = world([]);
    await handle(event(type, { Redeploy: ['auth', 'events'] }), context(), aws, 1);
    expect(redeployed).toEqual(expected);
    expect(answers).toMatchObject([{ Status: 'SUCCESS' }]);
  });
});
