import { createHash } from 'node:crypto';
import t from 'tap';
import { readForeignHash } from '../../src/rules/foreign-hashes.ts';
import { matchesForeign } from '../../src/secrets/foreign-comparison.ts';

const base64 = (hex: string) => Buffer.from(hex, 'hex').toString('base64').replaceAll('=', '');

async function matches(text: string, secret: string): Promise<boolean> {
  const reading = readForeignHash(text, true);
  if ('fault' in reading) throw new Error(`${text} ${reading.fault}`);
  return matchesForeign(reading.hash, secret);
}

const staple = 'correct horse battery staple';

/** Made by others: the RFCs, the reference implementations, libxcrypt and Python's hashlib. */
const vectors: Record<string, [hash: string, secret: string][]> = {
  bcrypt: [
    ['$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW', 'U*U'],
    ['$2a$10$WvvTPHKwdBJ3uk0Z37EMR.hLA2W6N9AEBhEgrAOljy2Ae5MtaSIUi', 'abc'],
    ['$2b$10$abcdefghijklmnopqrstuuGGgFFcYeueaAql8Z7U7CnCTRw4DR77W', staple],
    ['$2y$10$abcdefghijklmnopqrstuuGGgFFcYeueaAql8Z7U7CnCTRw4DR77W', staple],
  ],
  argon2: [
    ['$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA', 'password'],
    ['$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc', 'password'],
  ],
  scrypt: [
    // RFC 7914 §12.
    [
      `$scrypt$ln=14,r=8,p=1$${base64(Buffer.from('SodiumChloride').toString('hex'))}$${base64(
        '7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2' +
          'd5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887',
      )}`,
      'pleaseletmein',
    ],
    ['$scrypt$ln=14,r=8,p=1$TmFDbC1zYWx0LTE2Ynl0ZQ$SDMGdoXkrP4pzJUtGuoO+WqhHUfF9zHjXB8p08V3W7k', staple],
  ],
  pbkdf2: [
    // RFC 7914 §11.
    [
      `$pbkdf2-sha256$i=80000,l=64$${base64(Buffer.from('NaCl').toString('hex'))}$${base64(
        '4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56' +
          'a1d425a1225833549adb841b51c9b3176a272bdebba1d078478f62b397f33c8d',
      )}`,
      'Password',
    ],
    // RFC 6070 §2.
    [`$pbkdf2-sha1$i=4096,l=20$c2FsdA$${base64('4b007901b765489abead49d926f721d065a429c1')}`, 'password'],
    // As Hydra keeps it, and as passlib does.
    ['$pbkdf2-sha256$i=25000,l=32$TmFDbC1zYWx0LTE2Ynl0ZQ$T11wd6pLKLlpxC4EeV0jqfucmTdC57VRE91f4DUmDmw', staple],
    ['$pbkdf2-sha256$25000$TmFDbC1zYWx0LTE2Ynl0ZQ$T11wd6pLKLlpxC4EeV0jqfucmTdC57VRE91f4DUmDmw', staple],
    [
      '$pbkdf2-sha512$i=25000,l=64$TmFDbC1zYWx0LTE2Ynl0ZQ$' +
        'T8JgtaYQDqWvTMKVdAu4eVqzGVBCBhJ2jL1R1/lZ0ZCuyAC9FvPDAXhtZn2CLgpXXft/kd6tsPZegx/OmeRXdg',
      staple,
    ],
  ],
  sha256: [
    // FIPS 180.
    ['$sha256$BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD', 'abc'],
    [`$sha256$${createHash('sha256').update('unkey_3ZbYt').digest('hex')}`, 'unkey_3ZbYt'],
  ],
};

for (const [name, pairs] of Object.entries(vectors)) {
  void t.test(`${name}: hashes that others made match their secret and no other`, async (t) => {
    for (const [hash, secret] of pairs) {
      t.ok(await matches(hash, secret), hash);
      for (const other of [`${secret}x`, secret.slice(1), '', secret.toUpperCase()]) {
        if (other !== secret) t.notOk(await matches(hash, other), `${hash} ${other}`);
      }
    }
  });
}
