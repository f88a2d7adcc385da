import { describe, expect, it } from 'vitest';
import { configOf, stageNames } from './index.js';
import { prod } from './prod.js';
import { stageConfig } from './stage-config.js';

describe('configuration of stages', () => {
  it.each(stageNames)('%s is valid', (name) => expect(configOf(name).name).toBe(name));

  it.each(['', undefined, 'production'])('asks for a stage rather than guessing one from %j', (name) =>
    expect(() => configOf(name)).toThrow('-c env=dev|stage|prod'),
  );

  it('refuses what Fargate has no task for', () => {
    const processes = { ...prod.processes, gateway: { cpu: 1_024, memory: 1_024, minTasks: 2, maxTasks: 4 } };
    expect(stageConfig.safeParse({ ...prod, processes }).success).toBe(false);
  });

  it('keeps what customers entrust: two zones, 30 days of any second, two tasks of everything', () => {
    expect(prod).toMatchObject({ dataMayBeDeleted: false, postgres: { multiAz: true, backupDays: 30 }, network: { natGateways: 2 } });
    for (const { minTasks } of Object.values(prod.processes)) expect(minTasks).toBeGreaterThanOrEqual(2);
  });
});
