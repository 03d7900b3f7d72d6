import t from 'tap';
import { explainPassword } from '../../src/rules/passwords.ts';

void t.test('a password with every kind of character and a fitting length is accepted', async (t) => {
  for (const password of [
    'Abcdef1!',
    `Aa1!${'x'.repeat(252)}`,
    'Correct horse battery 1.',
    'Aa1! \u{1f600}\u{1f600}\u{1f600}',
  ]) {
    t.equal(explainPassword(password), undefined, password);
  }
});

void t.test('each of the listed special characters will do, and no other', async (t) => {
  for (const character of '!@#$%^&*()_+-=[]{}|;:,.<>?')
    t.equal(explainPassword(`Abcdef1${character}`), undefined, character);
  for (const character of ['~', '`', "'", '"', '/', '\\', ' ', '\u00a7', '\u00a3', '\t']) {
    t.equal(explainPassword(`Abcdef1${character}`), 'must have one of !@#$%^&*()_+-=[]{}|;:,.<>?', character);
  }
});

void t.test('each single thing that is missing is named', async (t) => {
  t.equal(explainPassword('Abcde1!'), 'must have at least 8 characters');
  t.equal(explainPassword(`Aa1!${'x'.repeat(253)}`), 'must have at most 256 characters');
  t.equal(explainPassword('abcdef1!'), 'must have an upper-case letter');
  t.equal(explainPassword('ABCDEF1!'), 'must have a lower-case letter');
  t.equal(explainPassword('Abcdefg!'), 'must have a digit');
  t.equal(explainPassword('Abcdef1!\ud800'), 'must have no half of a surrogate pair');
});

void t.test('everything that is missing is named at once', async (t) => {
  t.equal(explainPassword('abcdefgh1'), 'must have an upper-case letter and one of !@#$%^&*()_+-=[]{}|;:,.<>?');
  t.equal(
    explainPassword(''),
    'must have at least 8 characters, an upper-case letter, a lower-case letter, a digit and one of !@#$%^&*()_+-=[]{}|;:,.<>?',
  );
});

void t.test('length is counted in characters, not in the halves that some are made of', async (t) => {
  t.equal(explainPassword('Aa1!\u{1f600}\u{1f600}\u{1f600}'), 'must have at least 8 characters');
  t.equal(explainPassword(`Aa1!${'\u{1f600}'.repeat(252)}`), undefined);
  t.equal(explainPassword(`Aa1!${'\u{1f600}'.repeat(253)}`), 'must have at most 256 characters');
});

void t.test('letters of any script count, digits are 0 to 9', async (t) => {
  t.equal(explainPassword('\u00c4\u00e4bcdef1!'.replace('bcdef', '\u00df\u00df\u00df\u00df\u00df')), undefined);
  t.equal(explainPassword('\u0416\u0436\u0436\u0436\u0436\u0436\u04361!'), undefined);
  t.equal(explainPassword('Abcdefg\u0663!'), 'must have a digit');
});
