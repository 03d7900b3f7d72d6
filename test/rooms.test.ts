import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import t from 'tap';

/**
 * The rooms of src/ from the top down, files beside folders; what stands in none is the ground, below all of them.
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

const src = join(import.meta.dirname, '..', 'src');
const statement = /(?:\bfrom\s+|\bimport\(\s*|\bimport\s+)'(\.{1,2}\/[^']+)'/g;

/** Every file of src/ with those it imports, for types alone or not, paths from src/. */
function readImports(): Map<string, string[]> {
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  return new Map(
    files.map((file) => {
      const specifiers = [...readFileSync(join(src, file), 'utf8').matchAll(statement)].map(([, path = '']) => path);
      return [file, specifiers.map((path) => relative(src, join(src, dirname(file), path)))];
    }),
  );
}

/** How far down a file is. */
function depthOf(file: string): number {
  const depth = rooms.findIndex((places) =>
    places.some((place) => (place.endsWith('/') ? file.startsWith(place) : file === place)),
  );
  return depth < 0 ? rooms.length : depth;
}

/** Each import of something above, as `file -> what it imports`. */
function findImportsUp(imports: Map<string, string[]>): string[] {
  return [...imports].flatMap(([file, targets]) =>
    targets.filter((target) => depthOf(target) < depthOf(file)).map((target) => `${file} -> ${target}`),
  );
}

/** The first circle found, as the files on it; empty when there is none. */
function findCircle(imports: Map<string, string[]>): string[] {
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): string[] => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return [];
    path.push(file);
    for (const next of imports.get(file) ?? []) {
      const circle = visit(next);
      if (circle.length > 0) return circle;
    }
    path.pop();
    done.add(file);
    return [];
  };
  for (const file of imports.keys()) {
    const circle = visit(file);
    if (circle.length > 0) return circle;
  }
  return [];
}

void t.test('no file of src/ imports what stands above it', async (t) => {
  t.same(findImportsUp(readImports()), []);
  const known = readdirSync(src, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  t.same(
    known.filter(({ name }) => depthOf(`${name}/`) === rooms.length).map(({ name }) => name),
    [],
    'a room is known',
  );
});

void t.test('an import of something above is found', async (t) => {
  const imports = new Map([
    ['db/client.ts', ['errors.ts', 'http/problem.ts']],
    ['errors.ts', ['rules/passwords.ts', 'version.ts']],
    ['resources/verify/verify-routes.ts', ['plugins/rate-limit.ts', 'resources/oauth/oauth-errors.ts']],
  ]);
  t.same(findImportsUp(imports), ['db/client.ts -> http/problem.ts', 'errors.ts -> rules/passwords.ts']);
});

void t.test('no file of src/ imports itself through others', async (t) => {
  const imports = readImports();
  t.ok(imports.size > 100, 'the files are found');
  t.ok(imports.get('app.ts')?.includes('services.ts'), 'imports are read');
  t.same(findCircle(imports), []);
});

void t.test('a circle is found, through types too', async (t) => {
  t.same(
    findCircle(
      new Map([
        ['a', ['b']],
        ['b', ['c', 'd']],
        ['c', []],
        ['d', ['b']],
      ]),
    ),
    ['b', 'd', 'b'],
  );
});
