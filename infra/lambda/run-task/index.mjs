// Custom resource of CloudFormation, on Lambda's Node with the SDK that comes with it. What it does is in release.mjs.
import { DescribeTasksCommand, ECSClient, RunTaskCommand, UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { handle } from './release.mjs';

const ecs = new ECSClient({});
const lambda = new LambdaClient({});

const aws = {
  runTask: (input) => ecs.send(new RunTaskCommand(input)),
  describeTasks: (input) => ecs.send(new DescribeTasksCommand(input)),
  updateService: (input) => ecs.send(new UpdateServiceCommand(input)),
  invoke: (input) => lambda.send(new InvokeCommand(input)),
  put: (url, body) => fetch(url, { method: 'PUT', body }),
};

export const handler = (event, context) => handle(event, context, aws);
