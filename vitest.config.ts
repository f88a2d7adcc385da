import swc from 'unplugin-swc';
import { defineConfig } from 'vitest/config';

// SWC, because Nest needs decorator metadata; the settings mirror tsconfig.base.json.
const decorators = swc.vite({
  jsc: {
    parser: { syntax: 'typescript', decorators: true },
    target: 'es2023',
    keepClassNames: true,
    transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
  },
  module: { type: 'es6' },
});

// Workspace packages resolve to their sources, so that a test never runs a stale build. `import` must not be listed:
// packages of two forms (pg) would be loaded half in one and half in the other.
const conditions = ['@atrium/source', 'node'];
const shared = {
  plugins: [decorators],
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ['node'] } },
};

export default defineConfig({
  test: {
    projects: [
      {
        ...shared,
        test: {
          name: 'unit',
          environment: 'node',
          include: ['libs/*/src/**/*.spec.ts', 'apps/*/src/**/*.spec.ts', 'infra/src/**/*.spec.ts', 'docker/test/**/*.spec.ts'],
          // Properties run hundreds of times, also on a machine that is busy with something else.
          testTimeout: 30_000,
        },
      },
      {
        ...shared,
        test: {
          name: 'integration',
          environment: 'node',
          include: ['libs/*/test/**/*.int-spec.ts', 'apps/*/test/**/*.int-spec.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
          fileParallelism: true,
          maxWorkers: 2,
        },
      },
      {
        ...shared,
        test: {
          name: 'images',
          environment: 'node',
          include: ['docker/test/**/*.image-spec.ts'],
          testTimeout: 60_000,
          // All images are built before the first test.
          hookTimeout: 1_200_000,
          fileParallelism: false,
        },
      },
      {
        ...shared,
        test: {
          name: 'e2e',
          environment: 'node',
          include: ['e2e/**/*.e2e-spec.ts'],
          globalSetup: ['e2e/global-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
