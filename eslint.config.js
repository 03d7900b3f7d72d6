import prettier from 'eslint-config-prettier';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

export default defineConfig(
  { ignores: ['dist', 'data', '.tap', 'node_modules', 'client/schema.ts'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked, prettier],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      // Numbers and booleans print the same everywhere; only objects and null surprise.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // Fastify hooks and plugins are async by contract, whether or not a given one waits for something.
      '@typescript-eslint/require-await': 'off',
      // A TypeBox constant and its static type share one name.
      '@typescript-eslint/no-redeclare': 'off',
      '@typescript-eslint/consistent-type-definitions': ['error', 'interface'],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      'max-lines': ['error', { max: 250, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 50, skipBlankLines: true, skipComments: true, IIFEs: true }],
      'max-params': ['error', 3],
      eqeqeq: 'error',
      'no-console': 'error',
    },
  },
  {
    // Only the entry points talk to the process itself.
    files: ['src/**/*.ts'],
    ignores: ['src/server.ts', 'src/cli.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Settings come from src/settings/config.ts.' },
        { object: 'process', property: 'exit', message: 'Only src/serve.ts ends the process.' },
      ],
    },
  },
  {
    // Route plugins, services and repositories are lists, of routes, operations and queries: their length is not depth.
    files: ['src/resources/**/*-routes.ts', 'src/**/*-service.ts', 'src/**/*-repository.ts', 'src/plugins/health.ts'],
    rules: { 'max-lines-per-function': 'off' },
  },
  {
    // One test file holds one operation with all its subtests in one callback; a script prints.
    files: ['test/**/*.ts', 'bench/**/*.ts', 'scripts/**/*.ts'],
    rules: {
      'max-lines-per-function': 'off',
      'max-lines': ['error', 400],
      'no-console': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
);
