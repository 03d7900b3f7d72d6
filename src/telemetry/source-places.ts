import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import type { SourceMapPayload } from 'node:module';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Of the build's files, by their paths. They are few, and read when something goes wrong. */
const maps = new Map<string, SourceMap>();

/**
 * The frames of a stack with places in the sources, `src/errors.ts:12:3`, where they tell of the build's files, which are made
 * of many modules each. Frames of packages stay as they are, and so does whatever else a text holds.
 * @param releaseDir the directory that holds `dist`
 */
export function toSourcePlaces(stack: string, releaseDir: string): string {
  const dist = join(releaseDir, 'dist');
  const prefix = `${pathToFileURL(dist).href}/`;
  if (!stack.includes(prefix)) return stack;
  return stack.replace(/file:\/\/[^\s()]+\.js:\d+:\d+/g, (place) => {
    const [url = '', line, column] = place.split(/:(?=\d)/);
    const name = url.slice(prefix.length);
    if (!url.startsWith(prefix) || !/^[\w-]+\.js$/.test(name)) return place;
    // Lines and columns of a stack count from 1, those of a map from 0.
    const entry = findMap(join(dist, `${name}.map`))?.findEntry(Number(line) - 1, Number(column) - 1);
    if (entry === undefined || !('originalSource' in entry)) return place;
    const source = relative(releaseDir, join(dist, entry.originalSource));
    return `${source}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
  });
}

/** @returns undefined where there is none: whoever ships the build without its maps has the places of the build */
function findMap(path: string): SourceMap | undefined {
  const known = maps.get(path);
  if (known !== undefined) return known;
  try {
    const map = new SourceMap(JSON.parse(readFileSync(path, 'utf8')) as SourceMapPayload);
    maps.set(path, map);
    return map;
  } catch {
    return undefined;
  }
}
