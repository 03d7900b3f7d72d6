import { ConfigError, readConfig } from '../../src/settings/config.ts';

/** All that the service says is wrong with these settings. */
export function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    readConfig(env);
    return [];
  } catch (err) {
    if (err instanceof ConfigError) return err.problems;
    throw err;
  }
}
