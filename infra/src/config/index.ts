import { dev } from './dev.js';
import { prod } from './prod.js';
import { stage } from './stage.js';
import { type StageConfig, stageConfig } from './stage-config.js';

export type { DownloadsConfig, StageConfig } from './stage-config.js';

const stages: Readonly<Record<string, StageConfig>> = { dev, stage, prod };
export const stageNames = Object.keys(stages);

/**
 * The configuration of a stage, checked. Nothing is guessed where no stage is named.
 *
 * @throws Error that lists every problem
 */
export function configOf(name: unknown): StageConfig {
  const config = typeof name === 'string' ? stages[name] : undefined;
  if (!config) throw new Error(`Name the stage: -c env=${stageNames.join('|')}`);
  const parsed = stageConfig.safeParse(config);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `  ${path.join('.')}: ${message}`);
  throw new Error(`The configuration of ${config.name} is not valid:\n${problems.join('\n')}`);
}
