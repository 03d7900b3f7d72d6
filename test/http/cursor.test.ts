import { randomBytes, randomUUID } from 'node:crypto';
import fc from 'fast-check';
import t from 'tap';
import { createCursors } from '../../src/http/cursor.ts';
import { AppError } from '../../src/errors.ts';
import { MasterKey } from '../../src/master-key/master-key.ts';

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const cursors = createCursors(new MasterKey([randomBytes(32)]));

const ids = fc.uuid();
const scopes = fc.string({ unit: 'binary', maxLength: 80 });

/** Whether the cursor is refused in the way callers are promised. */
function isRefused(scope: string, cursor: string): boolean {
  try {
    cursors.decode(scope, cursor);
    return false;
  } catch (err) {
    if (!(err instanceof AppError)) throw err;
    return err.code === 'invalid_request' && err.options.errors?.[0]?.pointer === '?cursor';
  }
}

void t.test('a cursor gives back the id it was made of', async () => {
  fc.assert(fc.property(scopes, ids, (scope, id) => cursors.decode(scope, cursors.encode(scope, id)) === id));
});

void t.test('a cursor is one short word that can stand in a query as it is', async (t) => {
  t.match(cursors.encode('list', randomUUID()), /^[A-Za-z0-9_-]{43}$/);
});

void t.test('a cursor that is refused is a fault of the query parameter', async (t) => {
  t.throws(() => cursors.decode('list', 'AAAA'), {
    code: 'invalid_request',
    status: 400,
    options: { errors: [{ pointer: '?cursor', code: 'malformed', detail: 'is not a cursor of this list' }] },
  });
});

void t.test('a cursor of another list is refused', async () => {
  fc.assert(
    fc.property(scopes, scopes, ids, (scope, other, id) => {
      fc.pre(scope !== other);
      return isRefused(other, cursors.encode(scope, id));
    }),
  );
});

void t.test('a cursor with any character changed is refused, unused bits of the last one included', async (t) => {
  const cursor = cursors.encode('list', randomUUID());
  const accepted: string[] = [];
  for (let index = 0; index < cursor.length; index++) {
    for (const character of `${BASE64URL}+/= \n\u00e9\ud800`) {
      if (character === cursor[index]) continue;
      const changed = cursor.slice(0, index) + character + cursor.slice(index + 1);
      if (!isRefused('list', changed)) accepted.push(changed);
    }
  }
  t.same(accepted, []);
});

void t.test('a cursor that was cut or extended is refused', async (t) => {
  const cursor = cursors.encode('list', randomUUID());
  for (let length = 0; length < cursor.length; length++) {
    t.ok(isRefused('list', cursor.slice(0, length)));
    t.ok(isRefused('list', cursor.slice(length + 1)));
  }
  for (const added of ['A', '=', '==', '\n', ' ', '.', 'AAAA', cursor]) {
    t.ok(isRefused('list', cursor + added), JSON.stringify(added));
    t.ok(isRefused('list', added + cursor), JSON.stringify(added));
  }
});

void t.test('a cursor put together from two others is refused', async () => {
  fc.assert(
    fc.property(ids, ids, fc.integer({ min: 1, max: 42 }), (one, other, at) => {
      const [first, second] = [cursors.encode('list', one), cursors.encode('list', other)];
      const spliced = first.slice(0, at) + second.slice(at);
      fc.pre(spliced !== first && spliced !== second);
      return isRefused('list', spliced);
    }),
  );
});

void t.test('text that was never a cursor is refused', async () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => isRefused('list', text)));
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) =>
      isRefused('list', Buffer.from(bytes).toString('base64url')),
    ),
  );
});

void t.test(
  'a cursor outlives a change of the master key while the old key is configured, and no longer',
  async (t) => {
    const [oldKey, newKey] = [randomBytes(32), randomBytes(32)];
    const id = randomUUID();
    const old = createCursors(new MasterKey([oldKey])).encode('list', id);
    const both = createCursors(new MasterKey([newKey, oldKey]));
    t.equal(both.decode('list', old), id);
    t.not(both.encode('list', id), old, 'new cursors are made under the current key');
    t.throws(() => createCursors(new MasterKey([newKey])).decode('list', old), { code: 'invalid_request' });
  },
);

void t.test('only a UUID can be made into a cursor', async (t) => {
  for (const id of ['', '1', randomUUID().toUpperCase().replace(/^./, 'A'), `${randomUUID()}0`, `${randomUUID()}\n`]) {
    t.throws(() => cursors.encode('list', id), TypeError);
  }
});
