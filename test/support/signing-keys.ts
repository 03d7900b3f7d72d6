import { createPrivateKey, generateKeyPair } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import type { AppConfig } from '../../src/app.ts';
import { createDb } from '../../src/db/client.ts';
import type { Db } from '../../src/db/client.ts';
import { MasterKey } from '../../src/master-key/master-key.ts';
import { makeSigningKey, sealSigningKey } from '../../src/tokens/signing-key.ts';
import { createSigningKeyRepository } from '../../src/tokens/signing-key-repository.ts';

const keysDir = join(import.meta.dirname, '..', '..', '.tap', 'signing-keys');

/** More than have to do with each other in one test. */
const KEYS = 24;

let taken = 0;

/**
 * An RSA key that was made once: making one takes longer than most tests. It is another than those before it; another
 * process may have the same, and so may one that was taken long ago.
 */
export async function takeRsaKey(): Promise<KeyObject> {
  return createPrivateKey(await readKey((taken = (taken % KEYS) + 1)));
}

/** Stores a first RS256 key where there is none yet, as a first start would. */
export async function plantRsaKey(db: Db, masterKey: MasterKey): Promise<void> {
  const key = await sealSigningKey(masterKey, await takeRsaKey(), 'RS256');
  await createSigningKeyRepository(db).insertFirst(key);
}

/** Gives an empty deployment its signing keys, as its first start would. */
export async function plantSigningKeys(
  pool: pg.Pool,
  { masterKeys, accessTokenAlgorithm }: Pick<AppConfig, 'masterKeys' | 'accessTokenAlgorithm'>,
): Promise<void> {
  const db = createDb(pool);
  const masterKey = new MasterKey(masterKeys);
  await plantRsaKey(db, masterKey);
  if (accessTokenAlgorithm !== 'RS256') {
    await createSigningKeyRepository(db).insertFirst(await makeSigningKey(masterKey, accessTokenAlgorithm));
  }
}

/** The same by a connection that is closed then. */
export async function plantKeysAt(databaseUrl: string, config: Parameters<typeof plantSigningKeys>[1]): Promise<void> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1 });
  await plantSigningKeys(pool, config);
  await pool.end();
}

/** The same for a service that is to be started with these settings. */
export async function plantKeys(env: { DATABASE_URL: string; LATCHKEY_MASTER_KEY: string }): Promise<void> {
  const masterKeys = [Buffer.from(env.LATCHKEY_MASTER_KEY, 'base64')] as const;
  await plantKeysAt(env.DATABASE_URL, { masterKeys, accessTokenAlgorithm: 'RS256' });
}

/** The key of this number, made by the first that asks for it. */
async function readKey(number: number): Promise<string> {
  const path = join(keysDir, `${number}.pem`);
  try {
    return await readFile(path, 'utf8');
  } catch {
    // Not yet there.
  }
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const draft = `${path}.${process.pid}`;
  await mkdir(keysDir, { recursive: true });
  await writeFile(draft, pem);
  // Whole or not at all: another process may be reading.
  await rename(draft, path);
  return pem;
}

/** A private key as it must not be found anywhere. */
export function pemOf({ privateKey }: { privateKey: KeyObject }): string {
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}
