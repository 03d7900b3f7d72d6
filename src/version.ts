import { createRequire } from 'node:module';

/** The release, as `package.json` has it. From `src` and from `dist` alike. */
export function readVersion(): string {
  const { version } = createRequire(import.meta.url)('../package.json') as { version: string };
  return version;
}
