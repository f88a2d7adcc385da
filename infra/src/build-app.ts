import { App, type AppProps, Tags, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { StageConfig } from './config/index.js';
import { DataStack } from './data/data-stack.js';
import { DownloadsStack, downloadsRegion } from './downloads/downloads-stack.js';
import { EdgeStack } from './edge/edge-stack.js';
import { MessagingStack } from './messaging/messaging-stack.js';
import { NetworkStack } from './network/network-stack.js';
import { ObservabilityStack } from './observability/observability-stack.js';
import { ServicesStack } from './services/services-stack.js';

/** Behaviours of the CDK that are off where nobody asks. */
const features = {
  // Access logs are let in by the bucket's policy, not by access control lists.
  '@aws-cdk/aws-s3:serverAccessLogsUseBucketPolicy': true,
  '@aws-cdk/aws-iam:minimizePolicies': true,
  '@aws-cdk/aws-ec2:restrictDefaultSecurityGroup': false,
  // CloudFormation's default; naming it forbids a change in place.
  '@aws-cdk/aws-ecs:disableExplicitDeploymentControllerForCircuitBreaker': true,
} as const;

/** The stacks of a stage, in the order in which they are deployed. Synthesis fails on what cdk-nag finds. */
export function buildApp(config: StageConfig, props: AppProps = {}) {
  const app = new App({ analyticsReporting: false, postCliContext: features, ...props });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  Tags.of(app).add('atrium:stage', config.name);
  const stackProps = (part: string) => ({
    stackName: `atrium-${config.name}-${part}`,
    env: { region: config.region },
    terminationProtection: !config.dataMayBeDeleted,
    config,
  });
  const network = new NetworkStack(app, 'Network', stackProps('network'));
  const messaging = new MessagingStack(app, 'Messaging', stackProps('messaging'));
  const data = new DataStack(app, 'Data', {
    ...stackProps('data'),
    vpc: network.vpc,
    tasks: network.tasks,
    rotation: network.rotation,
  });
  // S3 checks, when it makes the quarantine bucket, that it may send to the queue.
  data.addStackDependency(messaging);
  const { downloads } = config;
  if (downloads) {
    const props = stackProps('downloads');
    new DownloadsStack(app, 'Downloads', { ...props, env: { region: downloadsRegion }, downloads }).addStackDependency(data);
  }
  const edge = new EdgeStack(app, 'Edge', {
    ...stackProps('edge'),
    vpc: network.vpc,
    securityGroup: network.loadBalancer,
    analysts: network.analysts,
    forwarder: data.clickHouse?.securityGroup,
    logs: data.logs,
  });
  const services = new ServicesStack(app, 'Services', { ...stackProps('services'), network, messaging, data, edge });
  const observability = new ObservabilityStack(app, 'Observability', { ...stackProps('observability'), messaging, data, edge, services });
  return { app, network, messaging, data, edge, services, observability };
}
