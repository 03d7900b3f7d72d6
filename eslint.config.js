import prettier from 'eslint-config-prettier';
import reactHooks from 'eslint-plugin-react-hooks';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

/**
 * The rooms of src/ from the top down, files beside folders. Each may import those after it and none before it;
 * CONTRIBUTING.md says what is in each.
 */
const rooms = [
  ['cli/', 'cli.ts', 'server.ts'],
  ['serve.ts'],
  ['app.ts'],
  ['server-options.ts'],
  ['routes.ts'],
  ['services.ts'],
  ['describe-failure.ts'],
  ['resources/'],
  ['plugins/'],
  ['identity/'],
  ['metrics/'],
  ['tokens/'],
  ['changes/'],
  ['secrets/'],
  ['mail/'],
  ['http/'],
  ['telemetry/'],
  ['master-key/'],
  ['embedded/'],
  ['db/'],
  ['settings/'],
  ['rules/'],
];
const loose = rooms.flat().filter((place) => place.endsWith('.ts'));

/** Forbids `files` to import what stands above them. */
function importsGoDown(files, ignores, above) {
  const places = above.map((place) => place.replace('.', '\\.')).join('|');
  const message = 'Imports go down: see the list of rooms in CONTRIBUTING.md.';
  return {
    files,
    ignores,
    rules: { 'no-restricted-imports': ['error', { patterns: [{ regex: `^(?:\\.{1,2}/)+(?:${places})`, message }] }] },
  };
}

export default defineConfig(
  { ignores: ['dist', 'data', '.tap', 'node_modules', 'client/schema.ts'] },
  {
    files: ['**/*.{ts,tsx}'],
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
      // There are no enums to get wrong, and looking for them takes a tenth of the time.
      '@typescript-eslint/no-unsafe-enum-assignment': 'off',
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
  ...rooms.slice(1).map((room, index) =>
    importsGoDown(
      room.map((place) => `src/${place}${place.endsWith('/') ? '**/*.ts' : ''}`),
      [],
      rooms.slice(0, index + 1).flat(),
    ),
  ),
  // The ground: every other file directly in src/.
  importsGoDown(
    ['src/*.ts'],
    loose.map((place) => `src/${place}`),
    rooms.flat(),
  ),
  {
    // Route plugins, services and repositories are lists, of routes, operations and queries: their length is not depth.
    files: [
      'src/services.ts',
      'src/resources/**/*-routes.ts',
      'src/**/*-service.ts',
      'src/**/*-repository.ts',
      'src/plugins/health.ts',
    ],
    rules: { 'max-lines-per-function': 'off' },
  },
  {
    files: ['console/src/**/*.{ts,tsx}'],
    extends: [reactHooks.configs.flat['recommended-latest']],
    rules: {
      // A part of a page is its markup, one element a line: that is length, not depth.
      'max-lines-per-function': ['error', { max: 90, skipBlankLines: true, skipComments: true, IIFEs: true }],
    },
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
