import t from 'tap';
import { createKeyReports } from '../../src/tokens/key-reports.ts';

void t.test('signing keys that cannot be read again are a warning, and the service goes on', async (t) => {
  const lines: unknown[] = [];
  const log = { warn: (...line: unknown[]) => void lines.push(line), error: () => t.fail('no error') };
  const err = new Error('the database is away');
  createKeyReports(log).onError(err);
  t.same(lines, [[{ err }, 'the signing keys could not be read again; trying again in a minute']]);
});
