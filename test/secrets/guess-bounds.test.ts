import t from 'tap';
import { GuessBounds } from '../../src/secrets/guess-bounds.ts';

const REFUSED = { isValid: false };

void t.test(
  'of equal texts that are checked at the same time one counts as a guess, until the last is answered',
  async (t) => {
    const bounds = new GuessBounds({ findLastNetwork: () => Promise.resolve(null), now: () => 0 });
    const guess = (digest: string, decide = () => Promise.resolve(REFUSED)) =>
      bounds.run({ secretId: 'one', digest, address: '192.0.2.1' }, decide);

    const [first, second] = [hold(), hold()];
    const both = [guess('same', first.decide), guess('same', second.decide)];
    first.answer();
    await both[0];
    await guess('same');
    second.answer();
    await both[1];
    for (let count = 1; count < 20; count += 1) t.same(await guess(`other ${count}`), REFUSED);
    await t.rejects(guess('one too many'), { code: 'overloaded' });
  },
);

void t.test('where no guess is left, equal texts that come at the same time are told nothing either', async (t) => {
  const bounds = new GuessBounds({ findLastNetwork: () => Promise.resolve(null), now: () => 0 });
  const decided: string[] = [];
  const guess = (digest: string) =>
    bounds.run({ secretId: 'one', digest, address: '192.0.2.1' }, () => {
      decided.push(digest);
      return Promise.resolve(REFUSED);
    });
  for (let count = 0; count < 20; count += 1) await guess(`wrong ${count}`);
  const answers = await Promise.allSettled([guess('same'), guess('same'), guess('same')]);
  t.same(
    answers.map(({ status }) => status),
    ['rejected', 'rejected', 'rejected'],
  );
  t.notOk(decided.includes('same'));
});

/** A check that is answered when a test wants it to be. */
function hold() {
  let answer = (): void => undefined;
  const answered = new Promise<typeof REFUSED>((resolve) => {
    answer = () => {
      resolve(REFUSED);
    };
  });
  return {
    decide: () => answered,
    answer: () => {
      answer();
    },
  };
}
