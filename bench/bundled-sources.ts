import { existsSync, readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import type { SourceMapPayload } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { CpuProfile } from './cpu-profile.ts';

/** Where V8 found a function; lines and columns are counted from 0. */
interface Place {
  url: string;
  lineNumber?: number;
  columnNumber?: number;
}

/** A profile in which functions of the build are told by the files that they were written in, which its source maps name. */
export function unbundle(profile: CpuProfile): CpuProfile {
  const maps = new Map<string, SourceMap | undefined>();
  const nodes = profile.nodes.map((node) => ({
    ...node,
    callFrame: { ...node.callFrame, url: sourceOf(node.callFrame, maps) },
  }));
  return { ...profile, nodes };
}

function sourceOf({ url, lineNumber = 0, columnNumber = 0 }: Place, maps: Map<string, SourceMap | undefined>): string {
  if (!url.includes('/dist/')) return url;
  if (!maps.has(url)) maps.set(url, readMap(url));
  const entry = maps.get(url)?.findEntry(lineNumber, columnNumber);
  // Code of the bundler itself is from nowhere.
  return entry !== undefined && 'originalSource' in entry ? new URL(entry.originalSource, url).href : url;
}

function readMap(url: string): SourceMap | undefined {
  const path = `${fileURLToPath(url)}.map`;
  return existsSync(path) ? new SourceMap(JSON.parse(readFileSync(path, 'utf8')) as SourceMapPayload) : undefined;
}
