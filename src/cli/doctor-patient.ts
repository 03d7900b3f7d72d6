import type pg from 'pg';
import type { MasterKey } from '../master-key/master-key.ts';
import type { Config } from '../settings/config.ts';
import type { Shell } from './command-line.ts';

/** What the checks find out for one another. */
export interface Patient extends Shell {
  config: Config | undefined;
  client: pg.Client | undefined;
  masterKey: MasterKey | undefined;
  undo: (() => Promise<void>)[];
}

/** What an earlier check found out. */
export function requirePresent<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('a check ran without the one it needs');
  return value;
}
