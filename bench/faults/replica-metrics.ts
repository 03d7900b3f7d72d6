import { call } from '../../test/support/service-process.ts';
import type { Instance } from './ground.ts';

/** The sum of a metric of an instance over all its labels; 0 where it has none of that name. */
export async function readMetric({ origin }: Instance, name: string): Promise<number> {
  const { body } = await call<string>(origin, '/metrics');
  const lines = body.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}
