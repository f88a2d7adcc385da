import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';

/**
 * Who may import whom. An app imports contracts and platform, never another app; contracts import the contract kit
 * alone; the platform knows no service. `test` lists what only test files may import besides.
 */
export const depConstraints = [
  { sourceTag: 'type:contract-kit', onlyDependOnLibsWithTags: [] },
  { sourceTag: 'type:contracts', onlyDependOnLibsWithTags: ['type:contract-kit'] },
  { sourceTag: 'type:platform', onlyDependOnLibsWithTags: ['type:contract-kit'] },
  { sourceTag: 'type:projection', onlyDependOnLibsWithTags: ['type:contract-kit', 'type:contracts', 'type:platform'] },
  {
    sourceTag: 'type:app',
    onlyDependOnLibsWithTags: ['type:contract-kit', 'type:contracts', 'type:platform', 'type:projection'],
  },
  { sourceTag: 'type:infra', onlyDependOnLibsWithTags: ['type:contract-kit', 'type:contracts'] },
  { sourceTag: 'type:local', onlyDependOnLibsWithTags: ['type:contract-kit', 'type:contracts', 'type:platform'] },
  // Rebuilds the schemas from the services' own migrations.
  { sourceTag: 'type:recovery', onlyDependOnLibsWithTags: ['type:app', 'type:platform', 'type:local'] },
  {
    sourceTag: 'type:testing',
    onlyDependOnLibsWithTags: ['type:contract-kit', 'type:contracts', 'type:platform', 'type:local'],
  },
];

const boundaries = (constraints, more = {}) => [
  'error',
  { enforceBuildableLibDependency: false, allow: [], depConstraints: constraints, checkDynamicDependenciesExceptions: ['.*'], ...more },
];

/** Tests run on the embedded engines, whatever they test. */
const testConstraints = depConstraints.map(({ sourceTag, onlyDependOnLibsWithTags }) => ({
  sourceTag,
  onlyDependOnLibsWithTags: [
    ...new Set([...onlyDependOnLibsWithTags, 'type:contract-kit', 'type:contracts', 'type:platform', 'type:local', 'type:testing', 'type:projection']),
  ],
}));

/** libs/contracts and libs/contract-kit are for any client: zod alone, no Node, no framework. */
const zodAlone = {
  patterns: [{ regex: '^(?!zod$|@atrium/contract-kit$|\\./|\\.\\./).+', message: 'Contracts import zod alone.' }],
};

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '.nx/**', '.atrium/**', 'coverage/**', '**/cdk.out/**'] },
  ...tseslint.configs.strict,
  {
    files: ['**/*.ts', '**/*.mjs'],
    plugins: { '@nx': nx },
    // With these the rule on type imports knows that an injected class is a value.
    languageOptions: { parserOptions: { experimentalDecorators: true, emitDecoratorMetadata: true } },
    rules: {
      '@nx/enforce-module-boundaries': boundaries(depConstraints),
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      '@typescript-eslint/no-invalid-void-type': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/ban-ts-comment': 'error',
      'no-restricted-syntax': [
        'error',
        {
          selector: 'TSAsExpression > TSAsExpression > TSUnknownKeyword',
          message: 'A double cast hides a wrong type.',
        },
      ],
      eqeqeq: 'error',
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
      'no-console': 'error',
    },
  },
  {
    // The environment is read once, by the configuration of each process.
    files: ['apps/*/src/**/*.ts', 'libs/*/src/**/*.ts'],
    ignores: ['**/*.spec.ts', '**/main.ts', '**/worker.ts', '**/migrate.ts', '**/provision.ts', 'libs/local/src/supervisor/**', 'libs/testing/**'],
    rules: {
      'no-restricted-properties': ['error', { object: 'process', property: 'env', message: 'Read it in the configuration.' }],
    },
  },
  {
    files: ['libs/contracts/src/**/*.ts', 'libs/contract-kit/src/**/*.ts'],
    ignores: ['**/*.spec.ts'],
    rules: { 'no-restricted-imports': ['error', zodAlone] },
  },
  {
    files: ['**/*.spec.ts', '**/test/**/*.ts', 'e2e/**/*.ts', 'bench/**'],
    rules: {
      '@nx/enforce-module-boundaries': boundaries(testConstraints, {
        // A test uses its own package by the public name, as others do.
        allowCircularSelfDependency: true,
        // The engines' supervisor and the harness are built on the platform, whose tests run on them.
        ignoredCircularDependencies: [
          ['@atrium/platform', '@atrium/local'],
          ['@atrium/platform', '@atrium/testing'],
          ['@atrium/local', '@atrium/testing'],
        ],
      }),
      '@typescript-eslint/no-non-null-assertion': 'off',
      'max-lines': 'off',
      'no-console': 'off',
    },
  },
  { files: ['scripts/**', 'bench/**'], rules: { 'no-console': 'off' } },
);
