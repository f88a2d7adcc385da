import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { processDefinitions } from '../src/services/process-definitions.js';
import { drainDelayMs } from '../src/services/process-environment.js';
import { property, type Resource, type Synthesized } from './synthesized.js';

const source = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const number = (text: string, pattern: RegExp) => Number(pattern.exec(text)?.[1]?.replaceAll('_', ''));

/** What holds of every process, in each stage. */
export function servicesHold(stage: () => Synthesized): void {
  const all = (type: string) => [...stage().resources(type).values()];
  const containersOf = (resource: Resource) => property(resource, 'ContainerDefinitions') as readonly Record<string, unknown>[];

  it('runs every process, each between the bounds of the configuration, and names no count where autoscaling rules', () => {
    const services = all('AWS::ECS::Service');
    const { name, processes } = stage().config;
    expect(services.map((service) => property(service, 'ServiceName')).sort()).toEqual(
      Object.keys(processes).map((process) => `atrium-${name}-${process}`).sort(),
    );
    for (const service of services) expect(property(service, 'DesiredCount')).toBeUndefined();
    const targets = all('AWS::ApplicationAutoScaling::ScalableTarget');
    expect(targets).toHaveLength(services.length);
    for (const [process, { minTasks, maxTasks }] of Object.entries(processes)) {
      const target = targets.find((one) => JSON.stringify(property(one, 'ResourceId')).includes(`-${process}"`));
      expect(target?.Properties).toMatchObject({ MinCapacity: minTasks, MaxCapacity: maxTasks });
    }
  });

  it('runs its containers on ARM64, not as root, with nothing to write to but where images are decoded, killed only after they had time to end', () => {
    const tasks = all('AWS::ECS::TaskDefinition');
    for (const task of tasks) {
      expect(property(task, 'RuntimePlatform', 'CpuArchitecture')).toBe('ARM64');
      for (const container of containersOf(task).filter(({ Name }) => Name !== 'traces')) {
        expect(container).toMatchObject({ ReadonlyRootFilesystem: true, User: '1000:1000', StopTimeout: 30 });
        expect(container).not.toHaveProperty('Privileged', true);
      }
    }
    const mounts = tasks.flatMap((task) => containersOf(task)).flatMap(({ Name, MountPoints = [] }) => (MountPoints as object[]).map((mount) => ({ Name, mount })));
    expect(mounts).toEqual([{ Name: 'gallery-worker', mount: { SourceVolume: 'scratch', ContainerPath: '/scratch', ReadOnly: false } }]);
  });

  it('lets a process end by itself before ECS kills it', () => {
    const patienceMs = number(source('libs/platform/src/http/shutdown.ts'), /const patience = ([\d_]+)/);
    const gatewayDrainMs = number(source('apps/gateway/src/config.ts'), /DRAIN_TIMEOUT_MS:.*default\(([\d_]+)\)/);
    const keepAliveMs = number(source('apps/gateway/src/config.ts'), /CLIENT_KEEP_ALIVE_MS: milliseconds\(([\d_]+)\)/);
    expect(drainDelayMs + gatewayDrainMs).toBeLessThan(patienceMs);
    expect(patienceMs).toBeLessThan(30_000);
    // The load balancer goes on sending to a task that leaves for no longer than the task listens.
    const ofEdge = (type: string) => [...stage().resources(type, 'Edge').values()];
    const [group] = ofEdge('AWS::ElasticLoadBalancingV2::TargetGroup');
    const attributes = JSON.stringify(property(group as Resource, 'TargetGroupAttributes'));
    expect(attributes).toContain(`{"Key":"deregistration_delay.timeout_seconds","Value":"${(drainDelayMs + gatewayDrainMs) / 1_000}"}`);
    const [balancer] = ofEdge('AWS::ElasticLoadBalancingV2::LoadBalancer');
    const idle = /idle_timeout.timeout_seconds","Value":"(\d+)"/.exec(JSON.stringify(balancer))?.[1];
    expect(Number(idle) * 1_000).toBeLessThan(keepAliveMs);
  });

  it('rolls a deployment back that fails or raises an alarm', () => {
    const alarms = new Set(all('AWS::CloudWatch::Alarm').map((alarm) => property(alarm, 'AlarmName')));
    for (const service of all('AWS::ECS::Service')) {
      const configuration = property(service, 'DeploymentConfiguration') as { Alarms: { AlarmNames: string[] } };
      expect(configuration).toMatchObject({ DeploymentCircuitBreaker: { Enable: true, Rollback: true }, Alarms: { Enable: true, Rollback: true } });
      for (const name of configuration.Alarms.AlarmNames) expect(alarms).toContain(name);
      expect(configuration).toMatchObject({ MinimumHealthyPercent: 100, MaximumPercent: 200 });
    }
  });

  it('starts a process after its release task, and after the services that it calls where that goes', () => {
    const services = stage().resources('AWS::ECS::Service');
    const dependencies = new Map(
      [...services.values()].map((service) => [String(property(service, 'ServiceName')), JSON.stringify(service.DependsOn)]),
    );
    for (const { name, app, calls } of processDefinitions) {
      const dependsOn = dependencies.get(`atrium-${stage().config.name}-${name}`);
      if (app !== 'gateway') expect(dependsOn).toContain(`${app}releaseRun`);
      const before = processDefinitions.findIndex((one) => one.name === name);
      for (const called of calls) {
        const isEarlier = processDefinitions.findIndex((one) => one.name === called) < before;
        if (isEarlier) expect(dependsOn).toContain(`${called}Service`);
      }
    }
    // Everybody else found who they call: these are asked for new tasks once.
    const [again] = all('Custom::FirstRedeploy');
    expect(property(again as Resource, 'Redeploy')).toEqual(['auth', 'gallery', 'events'].map((name) => `atrium-${stage().config.name}-${name}`));
  });

  it('scales workers by what waits for each of their tasks', () => {
    const policies = all('AWS::ApplicationAutoScaling::ScalingPolicy').map((policy) => JSON.stringify(policy));
    for (const { consumes } of processDefinitions.filter(({ entry }) => entry === 'worker.js')) {
      for (const { name } of consumes) {
        const queue = `"atrium-${stage().config.name}-${name}"`;
        expect(policies.some((policy) => policy.includes(queue) && policy.includes('RunningTaskCount'))).toBe(true);
      }
    }
  });

  it('passes TCP on between services as it is: headers stay, and long answers are not cut', () => {
    for (const task of all('AWS::ECS::TaskDefinition')) {
      for (const { PortMappings = [] } of containersOf(task)) {
        for (const mapping of PortMappings as object[]) expect(mapping).not.toHaveProperty('AppProtocol');
      }
    }
  });
}
