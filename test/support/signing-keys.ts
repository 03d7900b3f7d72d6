import { createPrivateKey, generateKeyPair } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import type { AppConfig } from '../../src/app.ts';
import { createDb } from '../../src/db/client.ts';
import { MasterKey } from '../../src/master-key/master-key.ts';
import { makeSigningKey, sealSigningKey } from '../../src/tokens/signing-key.ts';
import { createSigningKeyRepository } from '../../src/tokens/signing-key-repository.ts';

const keysDir = join(import.meta.dirname, '..', '..', '.tap', 'signing-keys');

/** More than deployments of one test have to do with each other. */
const KEYS = 24;

let planted = 0;

/**
 * Gives an empty deployment its signing keys, as its first start would: making an RSA key takes longer than most tests. Each
 * deployment has another RSA key than those before it; one of another process, or of long ago, may have had the same.
 */
export async function plantSigningKeys(
  pool: pg.Pool,
  { masterKeys, accessTokenAlgorithm }: Pick<AppConfig, 'masterKeys' | 'accessTokenAlgorithm'>,
): Promise<void> {
  const repository = createSigningKeyRepository(createDb(pool));
  const masterKey = new MasterKey(masterKeys);
  const rsaKey = createPrivateKey(await readKey((planted = (planted % KEYS) + 1)));
  await repository.insertFirst(await sealSigningKey(masterKey, rsaKey, 'RS256'));
  if (accessTokenAlgorithm !== 'RS256') {
    await repository.insertFirst(await makeSigningKey(masterKey, accessTokenAlgorithm));
  }
}

/** The same for a service that is to be started with these settings. */
export async function plantKeys(env: { DATABASE_URL: string; LATCHKEY_MASTER_KEY: string }): Promise<void> {
  const pool = new pg.Pool({ connectionString: env.DATABASE_URL, max: 1 });
  const masterKeys = [Buffer.from(env.LATCHKEY_MASTER_KEY, 'base64')] as const;
  await plantSigningKeys(pool, { masterKeys, accessTokenAlgorithm: 'RS256' });
  await pool.end();
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
