import { randomBytes } from 'node:crypto';
import { CompactSign } from 'jose';
import t from 'tap';
import { MasterKey } from '../../src/master-key/master-key.ts';
import { createAuditHeads, decodeAuditHead, readAuditHead } from '../../src/tokens/audit-heads.ts';
import { KeyRing } from '../../src/tokens/key-ring.ts';
import { createSigningKeyRepository } from '../../src/tokens/signing-key-repository.ts';
import { openTestDatabase } from '../support/test-database.ts';

const rethrow = (err: unknown) => {
  throw err;
};
const { db } = await openTestDatabase(t, { poolMax: 1 });
const keyRing = new KeyRing({
  repository: createSigningKeyRepository(db),
  masterKey: new MasterKey([randomBytes(32)]),
  now: Date.now,
  onError: rethrow,
  onForeignKeys: rethrow,
});
await keyRing.start();
t.teardown(() => {
  keyRing.stop();
});

const chain = { type: 'organization', id: '019a3c5e-9b33-7f10-a2d4-8c7b6a594803' };
const head = { chain, sequence: 7, hash: 'ab'.repeat(32), at: null };
const jws = await createAuditHeads({ keyRing, clock: { now: () => 1_999 }, issuer: 'https://a.example' }).sign(head);

/** A head that our key signed, whatever it says. */
async function sign(payload: unknown, header: { typ?: string; kid?: string } = {}): Promise<string> {
  const { kid, privateKey } = keyRing.current;
  return new CompactSign(Buffer.from(JSON.stringify(payload)))
    .setProtectedHeader({ alg: 'RS256', typ: 'latchkey-audit-head', kid, ...header })
    .sign(privateKey);
}

void t.test('a head that was signed here is read as what was signed, and its signature is good', async (t) => {
  const read = await readAuditHead(keyRing, jws);
  t.same(read, { head: { iss: 'https://a.example', iat: 1, ...head }, signature: 'good' });
});

void t.test('a head by a key that is not published any more is told from one that is good', async (t) => {
  t.match(await readAuditHead(keyRing, await sign(head, { kid: 'another' })), { head, signature: 'unknown key' });
  const nameless = await new CompactSign(Buffer.from(JSON.stringify(head)))
    .setProtectedHeader({ alg: 'RS256', typ: 'latchkey-audit-head' })
    .sign(keyRing.current.privateKey);
  t.match(await readAuditHead(keyRing, nameless), { head, signature: 'unknown key' });
});

void t.test('a head whose signature or content was changed is refused', async (t) => {
  const [header = '', , signature = ''] = jws.split('.');
  const forged = Buffer.from(JSON.stringify({ ...head, sequence: 6 })).toString('base64url');
  await t.rejects(readAuditHead(keyRing, `${header}.${forged}.${signature}`));
});

void t.test('what is no head is none, whoever signed it', async (t) => {
  t.throws(() => decodeAuditHead(''));
  t.throws(() => decodeAuditHead('e30'));
  t.throws(() => decodeAuditHead('nonsense'));
  for (const payload of [{}, { ...head, chain: {} }, { ...head, sequence: 1.5 }, { ...head, hash: 7 }]) {
    const signed = await sign(payload);
    t.throws(() => decodeAuditHead(signed), /not a signed head/);
  }
  const otherType = await sign(head, { typ: 'at+jwt' });
  t.throws(() => decodeAuditHead(otherType), /not a signed head/);
});
