// Runs a one-off task and answers CloudFormation when it has ended. On the first deployment of a stage it also asks
// services that started before their peers for new tasks.

/** A function may run for 15 minutes, a migration for longer: with so little left it hands over to another run of itself. */
const handOverMs = 60_000;

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** @param pollMs milliseconds between two looks at the task */
export async function handle(event, context, aws, pollMs = 5_000) {
  const { ok, reason } = await outcomeOf(event, context, aws, pollMs).catch((error) => ({ ok: false, reason: String(error) }));
  if (ok !== undefined) await answer(event, aws, ok, reason);
}

/** `ok` is undefined where another run of the function goes on. */
async function outcomeOf(event, context, aws, pollMs) {
  const { RequestType, ResourceProperties: properties } = event;
  // What a task has done stays: deleting the resource undoes nothing.
  if (RequestType === 'Delete') return { ok: true };
  if (properties.Redeploy) {
    if (RequestType === 'Create') await redeploy(properties, aws);
    return { ok: true };
  }
  const taskArn = event.taskArn ?? (await start(event, aws));
  for (;;) {
    const { tasks } = await aws.describeTasks({ cluster: properties.Cluster, tasks: [taskArn] });
    const [task] = tasks ?? [];
    if (task?.lastStatus === 'STOPPED') {
      const reason = failureOf(task);
      return { ok: reason === undefined, reason };
    }
    if (context.getRemainingTimeInMillis() < handOverMs) {
      const Payload = JSON.stringify({ ...event, taskArn });
      await aws.invoke({ FunctionName: context.invokedFunctionArn, InvocationType: 'Event', Payload });
      return {};
    }
    await pause(pollMs);
  }
}

async function start({ RequestId, ResourceProperties: properties }, aws) {
  const { Subnets: subnets, SecurityGroups: securityGroups } = properties;
  const { tasks, failures } = await aws.runTask({
    cluster: properties.Cluster,
    taskDefinition: properties.TaskDefinition,
    launchType: 'FARGATE',
    count: 1,
    // The same request twice is one task.
    clientToken: RequestId,
    networkConfiguration: { awsvpcConfiguration: { subnets, securityGroups, assignPublicIp: 'DISABLED' } },
  });
  const [task] = tasks ?? [];
  if (!task) throw new Error(`The task did not start: ${(failures ?? []).map(({ reason }) => reason).join(', ')}`);
  return task.taskArn;
}

async function redeploy({ Cluster: cluster, Redeploy }, aws) {
  for (const service of Redeploy) await aws.updateService({ cluster, service, forceNewDeployment: true });
}

/** Undefined where every container ended with 0; else what an operator reads first. */
function failureOf({ taskArn, containers = [], stoppedReason }) {
  const failed = containers.filter(({ exitCode }) => exitCode !== 0);
  if (containers.length > 0 && failed.length === 0) return undefined;
  const each = failed.map(({ name, exitCode, reason }) => `${name}: ${exitCode ?? reason ?? 'did not run'}`);
  return `${each.join(', ')} (${stoppedReason ?? 'no reason'}); see the logs of ${taskArn}`;
}

async function answer(event, aws, ok, reason = 'done') {
  const { StackId, RequestId, LogicalResourceId } = event;
  const body = JSON.stringify({
    Status: ok ? 'SUCCESS' : 'FAILED',
    Reason: reason,
    StackId,
    RequestId,
    LogicalResourceId,
    PhysicalResourceId: event.PhysicalResourceId ?? LogicalResourceId,
  });
  const response = await aws.put(event.ResponseURL, body);
  if (!response.ok) throw new Error(`CloudFormation took no answer: ${response.status}`);
}
