import { LRUCache } from 'lru-cache';
import t from 'tap';
import type { Test } from 'tap';
import { MatchMemo } from '../../src/secrets/match-memo.ts';
import type { MatchableHash } from '../../src/secrets/match-memo.ts';

/** Everything that is put into any cache while the test runs. */
function recordEntries(t: Pick<Test, 'teardown'>): [string, string][] {
  const entries: [string, string][] = [];
  const cache = LRUCache.prototype as LRUCache<string, string>;
  const set = Object.getOwnPropertyDescriptor(cache, 'set')!;
  Object.defineProperty(cache, 'set', {
    ...set,
    value(this: unknown, ...entry: [string, string]): unknown {
      entries.push(entry);
      return Reflect.apply(set.value as (...entry: [string, string]) => unknown, this, entry);
    },
  });
  t.teardown(() => Object.defineProperty(cache, 'set', set));
  return entries;
}

void t.test('a match is known once it has been remembered, and for that pair only', async (t) => {
  const memo = new MatchMemo(10);
  t.equal(memo.has('secret', { hash: 'hash' }), false);
  memo.remember('secret', 'hash');
  t.equal(memo.has('secret', { hash: 'hash' }), true);
  t.equal(memo.has('other', { hash: 'hash' }), false);
  t.equal(memo.has('secret', { hash: 'other hash' }), false);
});

void t.test('a secret that was hashed anew is known by its new hash alone', async (t) => {
  const memo = new MatchMemo(10);
  memo.remember('secret', 'old hash');
  memo.remember('secret', 'new hash');
  t.equal(memo.has('secret', { hash: 'old hash' }), false);
  t.equal(memo.has('secret', { hash: 'new hash' }), true);
});

void t.test('beyond its size the memo forgets what was not used for longest', async (t) => {
  const memo = new MatchMemo(2);
  memo.remember('a', 'hash a');
  memo.remember('b', 'hash b');
  t.equal(memo.has('a', { hash: 'hash a' }), true);
  memo.remember('c', 'hash c');
  t.equal(memo.has('b', { hash: 'hash b' }), false);
  t.equal(memo.has('a', { hash: 'hash a' }), true);
  t.equal(memo.has('c', { hash: 'hash c' }), true);
});

void t.test('a match that was found is noted with the stored hash, and is one for that plain text alone', async (t) => {
  const memo = new MatchMemo(1);
  const stored: MatchableHash = { hash: 'hash' };
  t.equal(memo.has('secret', stored), false);
  t.equal(stored.match, undefined, 'what is not known is not noted');
  memo.remember('secret', 'hash');
  t.equal(memo.has('secret', stored), true);
  t.match(stored.match?.digest, /^[A-Za-z0-9+/]{43}=$/, 'no plain text');
  memo.remember('another one', 'another hash');
  t.equal(memo.has('secret', { hash: 'hash' }), false, 'the memo itself has forgotten it');
  t.equal(memo.has('secret', stored), true);
  t.equal(memo.has('another one', stored), false);
  t.equal(memo.has('', stored), false);
});

void t.test('what is checked again and again by the same stored hash stays known for the next one', async (t) => {
  const memo = new MatchMemo(16);
  const stored = { hash: 'hash' };
  memo.remember('checked all day', 'hash');
  for (let number = 0; number < 160; number++) {
    memo.remember(`other ${number}`, 'other hash');
    t.equal(memo.has('checked all day', stored), true);
  }
  t.equal(memo.has('checked all day', { hash: 'hash' }), true, 'read anew');
  t.equal(memo.has('other 140', { hash: 'other hash' }), false, 'what was not used is forgotten');
});

void t.test('what is kept is a keyed digest, another one in every memo, and never the plain text', async (t) => {
  const kept = recordEntries(t);
  for (const memo of [new MatchMemo(10), new MatchMemo(10)]) {
    memo.remember('a plain text', 'hash');
    t.equal(memo.has('a plain text', { hash: 'hash' }), true);
  }
  t.equal(kept.length, 2);
  const digests = kept.map(([key, value]) => {
    t.match(key, /^[A-Za-z0-9+/]{43}=$/);
    t.equal(value, 'hash');
    return key;
  });
  t.equal(new Set(digests).size, 2);
});
