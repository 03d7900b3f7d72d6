import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import type { SourceMapPayload } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** Of the build's files, by their paths; null where one has none. They are few, and read when something goes wrong. */
const maps = new Map<string, SourceMap | null>();

/**
 * The frames of a stack with places in the sources, `src/errors.ts:12:3`, where they tell of the build's files, which are made
 * of many modules each. Frames of packages stay as they are.
 * @param releaseDir the directory that holds `dist`
 */
export function toSourcePlaces(stack: string, releaseDir: string): string {
  const built = pathToFileURL(join(releaseDir, 'dist')).href;
  if (!stack.includes(built)) return stack;
  return stack.replace(/file:\/\/[^\s()]+\.js:\d+:\d+/g, (place) => {
    const [url = '', line, column] = place.split(/:(?=\d)/);
    const source =
      dirname(url) === built ? sourceOf(fileURLToPath(url), [Number(line), Number(column)], releaseDir) : undefined;
    return source ?? place;
  });
}

/** @returns undefined for what no module has brought */
function sourceOf(path: string, [line, column]: [number, number], releaseDir: string): string | undefined {
  // Lines and columns of a stack count from 1, those of a map from 0.
  const entry = findMap(path)?.findEntry(line - 1, column - 1);
  if (entry === undefined || !('originalSource' in entry)) return undefined;
  const source = relative(releaseDir, join(dirname(path), entry.originalSource));
  return `${source}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
}

function findMap(path: string): SourceMap | null {
  let map = maps.get(path);
  if (map === undefined) {
    map = readMap(`${path}.map`);
    maps.set(path, map);
  }
  return map;
}

function readMap(path: string): SourceMap | null {
  try {
    return new SourceMap(JSON.parse(readFileSync(path, 'utf8')) as SourceMapPayload);
  } catch {
    // Whoever ships the build without its maps has the places of the build.
    return null;
  }
}
