import { createRequire } from 'node:module';
import { join } from 'node:path';

/** The directory of the release, which holds `package.json`: above `src`, and above `dist`, where this is part of a bundle. */
export const releaseDir = join(import.meta.dirname, '..');

/** The release, as `package.json` has it. */
export function readVersion(): string {
  const { version } = createRequire(import.meta.url)(join(releaseDir, 'package.json')) as { version: string };
  return version;
}
