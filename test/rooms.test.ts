import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import t from 'tap';

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
