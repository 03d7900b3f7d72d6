import t from 'tap';
import { explainPassword, explainPasswordFor } from '../../src/rules/passwords.ts';

void t.test('a password with every kind of character and a fitting length is accepted', async (t) => {
  for (const password of [
    'Xbcdef1!',
    `Aa1!${'x'.repeat(252)}`,
    'Correct horse battery 1.',
    'Aa1! \u{1f600}\u{1f600}\u{1f600}',
  ]) {
    t.equal(explainPassword(password), undefined, password);
  }
});

void t.test('each of the listed special characters will do, and no other', async (t) => {
  for (const character of '!@#$%^&*()_+-=[]{}|;:,.<>?')
    t.equal(explainPassword(`Xbcdef1${character}`), undefined, character);
  for (const character of ['~', '`', "'", '"', '/', '\\', ' ', '\u00a7', '\u00a3', '\t']) {
    t.equal(explainPassword(`Xbcdef1${character}`), 'must have one of !@#$%^&*()_+-=[]{}|;:,.<>?', character);
  }
});

void t.test('each single thing that is missing is named', async (t) => {
  t.equal(explainPassword('Xbcde1!'), 'must have at least 8 characters');
  t.equal(explainPassword(`Aa1!${'x'.repeat(253)}`), 'must have at most 256 characters');
  t.equal(explainPassword('xbcdef1!'), 'must have an upper-case letter');
  t.equal(explainPassword('XBCDEF1!'), 'must have a lower-case letter');
  t.equal(explainPassword('Xbcdefg!'), 'must have a digit');
  t.equal(explainPassword('Xbcdef1!\ud800'), 'must have no half of a surrogate pair');
});

void t.test('everything that is missing is named at once', async (t) => {
  t.equal(explainPassword('xbcdefgh1'), 'must have an upper-case letter and one of !@#$%^&*()_+-=[]{}|;:,.<>?');
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
  t.equal(explainPassword('Xbcdefg\u0663!'), 'must have a digit');
});

const COMMON = 'must not be a common password, whatever digits or signs follow it';

void t.test('a common password is refused, whatever is done to make it keep the rules', async (t) => {
  for (const password of [
    'Password1!',
    'Dragon#2024',
    'P@ssw0rd!1',
    'Qwertyuiop-1',
    'TRUSTno1!',
    'Welcome-123',
    'M0nk3y_99',
  ]) {
    t.equal(explainPassword(password), COMMON, password);
  }
  t.equal(
    explainPassword('password'),
    `must have an upper-case letter, a digit and one of !@#$%^&*()_+-=[]{}|;:,.<>?, and ${COMMON}`,
  );
});

void t.test(
  'a word that is common only as a part, or with a number nobody guesses behind it, is accepted',
  async (t) => {
    for (const password of ['Correct-Horse-7', 'Password-of-Ada-7', 'Dragon-7304198', '1!Xdragon', 'Zq\n7!dragon\n']) {
      t.equal(explainPassword(password), undefined, password);
    }
  },
);

void t.test(
  'a password that holds the local part of its email is refused, unless that is shorter than 4',
  async (t) => {
    const refused = 'must not hold the part of the email before the @';
    for (const [email, password] of [
      ['lovelace@acme.example', 'x-LoveLace-7'],
      ['Ada.L@acme.example', 'ada.L-Horse-7'],
      ['"a@b"@acme.example', 'Xy7-"A@B"'],
    ] as const) {
      t.equal(explainPasswordFor(email, password), refused, password);
    }
    t.equal(explainPasswordFor('ada@acme.example', 'Ada-Horse-7'), undefined);
    t.equal(explainPasswordFor('lovelace@acme.example', 'Correct-Horse-7'), undefined);
  },
);
