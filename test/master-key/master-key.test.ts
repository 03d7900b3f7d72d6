import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import t from 'tap';
import { MasterKey, UnsealError } from '../../src/master-key/master-key.ts';

const [firstKey, secondKey] = [randomBytes(32), randomBytes(32)];
const first = new MasterKey([firstKey]);
const second = new MasterKey([secondKey]);
const rotated = new MasterKey([secondKey, firstKey]);

void t.test('the same key gives the same pepper and version, on every start', async (t) => {
  const again = new MasterKey([Buffer.from(firstKey)]);
  t.equal(again.currentPepper.version, first.currentPepper.version);
  t.same(again.currentPepper.pepper, first.currentPepper.pepper);
  t.same(again.digests('cursor', 'a'), first.digests('cursor', 'a'));
});

void t.test('what is derived never changes between releases', async (t) => {
  const fixed = new MasterKey([Buffer.alloc(32, 7)]);
  t.equal(fixed.currentPepper.version, 'VWm0TMqG');
  t.equal(
    fixed.currentPepper.pepper.toString('hex'),
    '67a7cb8543e3d5ae0309b0205df813f659db61a55217f423686586e06aa0a488',
  );
  t.equal(
    fixed.digests('cursor', 'scope', 'id')[0].toString('hex'),
    'd383bb48ef895382245b545803cee8f7a855cee1b9ca13bd3ce13be1b05def7c',
  );
});

void t.test('another key gives another pepper and version, and neither tells the key', async (t) => {
  t.not(first.currentPepper.version, second.currentPepper.version);
  t.notSame(first.currentPepper.pepper, second.currentPepper.pepper);
  t.notSame(first.currentPepper.pepper, firstKey);
  t.equal(first.currentPepper.pepper.length, 32);
});

void t.test('the first key is current, and the peppers of the others can still be found', async (t) => {
  t.same(rotated.currentPepper, second.currentPepper);
  t.same(rotated.findPepper(second.currentPepper.version), second.currentPepper.pepper);
  t.same(rotated.findPepper(first.currentPepper.version), first.currentPepper.pepper);
  t.equal(second.findPepper(first.currentPepper.version), undefined);
  t.equal(second.findPepper(''), undefined);
});

void t.test('sealed text opens again, whatever it is', async () => {
  const texts = fc.string({ unit: 'grapheme', maxLength: 3000 });
  fc.assert(fc.property(texts, (plain) => first.unseal('mail', first.seal('mail', plain)) === plain));
});

void t.test('sealing twice gives different text, and neither shows the plain one', async (t) => {
  const one = first.seal('mail', 'the plain text');
  t.not(first.seal('mail', 'the plain text'), one);
  t.notMatch(Buffer.from(one.split('.')[1] ?? '', 'base64url').toString('latin1'), /plain/);
});

void t.test('text sealed for one purpose does not open for another', async (t) => {
  t.throws(() => first.unseal('signing-key', first.seal('mail', 'text')), UnsealError);
  t.throws(() => first.unseal('mail', first.seal('signing-key', 'text')), UnsealError);
});

void t.test('text sealed under an old key opens while that key is configured, and no longer', async (t) => {
  const sealed = first.seal('mail', 'text');
  t.equal(rotated.unseal('mail', sealed), 'text');
  t.throws(() => second.unseal('mail', sealed), UnsealError);
  t.throws(
    () => first.unseal('mail', rotated.seal('mail', 'text')),
    UnsealError,
    'new text is sealed under the new key',
  );
});

void t.test('sealed text with any character changed, cut or added does not open', async (t) => {
  const sealed = first.seal('mail', 'texts');
  const opened: string[] = [];
  const attempt = (changed: string) => {
    try {
      first.unseal('mail', changed);
      opened.push(changed);
    } catch (err) {
      if (!(err instanceof UnsealError)) throw err;
    }
  };
  for (let index = 0; index < sealed.length; index++) {
    for (const character of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/=. ') {
      if (character !== sealed[index]) attempt(sealed.slice(0, index) + character + sealed.slice(index + 1));
    }
    attempt(sealed.slice(0, index));
    attempt(sealed.slice(index + 1));
  }
  for (const added of ['A', '=', '.', '.A', ' ', '\n', sealed]) attempt(sealed + added);
  t.same(opened, []);
});

void t.test('text that was never sealed does not open', async (t) => {
  for (const text of ['', '.', 'x', first.currentPepper.version, `${first.currentPepper.version}.`]) {
    t.throws(() => first.unseal('mail', text), UnsealError, text);
  }
});

void t.test('there is a digest for every key, the current one first', async (t) => {
  t.equal(first.digests('cursor', 'a')[0].length, 32);
  t.same(rotated.digests('cursor', 'a'), [...second.digests('cursor', 'a'), ...first.digests('cursor', 'a')]);
});

void t.test('digests differ by purpose, by part and by where one part ends', async (t) => {
  const digests = [
    first.digests('cursor', 'a', 'bc'),
    first.digests('cursor', 'ab', 'c'),
    first.digests('cursor', 'abc'),
    first.digests('cursor', 'a', 'bc', ''),
    first.digests('cursor', 'a","bc'),
    first.digests('one-time-code', 'a', 'bc'),
    first.digests('cursor', '\ud800'),
    first.digests('cursor', '\ufffd'),
  ].map(([digest]) => digest.toString('hex'));
  t.equal(new Set(digests).size, digests.length);
});
