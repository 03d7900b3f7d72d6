import t from 'tap';
import { OpenTransfers } from '../../../src/resources/client-transfer/open-transfers.ts';

const overloaded = { code: 'overloaded' };

void t.test('64 transfers are open in all, two of each user, and who leaves makes room', (t) => {
  const open = new OpenTransfers('exports');
  const ends = Array.from({ length: 64 }, (_none, index) => open.enter(`user-${Math.floor(index / 2)}`));
  t.throws(() => open.enter('another'), { ...overloaded, options: { detail: 'Too many exports are under way.' } });
  t.throws(() => open.enter('user-0'), { ...overloaded, options: { detail: 'You have 2 exports under way.' } });
  for (const end of ends) end();
  const [end] = [open.enter('user-0'), open.enter('user-0')];
  t.throws(() => open.enter('user-0'), overloaded);
  end();
  t.doesNotThrow(() => open.enter('user-0'));
  t.end();
});

void t.test('who is one too many in one respect is counted in none', (t) => {
  const open = new OpenTransfers('imports');
  const bound = { key: 'organization', max: 1, detail: 'Another is under way.' };
  open.enter('a', [bound]);
  for (let tries = 0; tries < 3; tries += 1) {
    t.throws(() => open.enter('b', [bound]), { ...overloaded, options: { detail: 'Another is under way.' } });
  }
  t.doesNotThrow(() => [open.enter('b'), open.enter('b')]);
  t.end();
});
