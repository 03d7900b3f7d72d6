import { createHmac, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { MasterKey } from '../../src/master-key/master-key.ts';
import type { TestApp } from './build-app.ts';

export type Json = Record<string, unknown>;

/** The three parts of a token and what they say. */
export interface TokenParts {
  header: Json;
  payload: Json;
  signature: string;
}

/** Makes tokens by hand, good and bad, with the service's own key that signed a token. */
export interface TokenForge {
  kid: string;
  privateKey: KeyObject;
  publicKeyPem: string;
  publicJwk: Json;
  /** A token of the service's own kind: `changes` are laid over the header and payload; `undefined` leaves one out. */
  sign: (changes?: { header?: Json; payload?: Json }) => string;
  /** Signs a payload as it is written, under an encoded header. */
  signText: (header: string, payload: string) => string;
}

/** Opens the key that signed a token, as only somebody with the master key can, and signs what that token says. */
export async function openForge(test: TestApp, realToken: string): Promise<TokenForge> {
  const { header, payload } = readToken(realToken);
  const [row] = await test.query<{ kid: string; sealed_private_key: string }>(
    `select kid, sealed_private_key from signing_keys where kid = $1
     union all select kid, sealed_private_key from access_token_keys where kid = $1`,
    [header.kid],
  );
  if (row === undefined) throw new Error('the service has no such key');
  const pem = new MasterKey(test.config.masterKeys).unseal('signing-key', row.sealed_private_key);
  const privateKey = createPrivateKey(pem);
  const publicKey = createPublicKey(privateKey);
  return {
    kid: row.kid,
    privateKey,
    publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    publicJwk: publicKey.export({ format: 'jwk' }),
    sign: (changes = {}) =>
      signAs(privateKey, { header: { ...header, ...changes.header }, payload: { ...payload, ...changes.payload } }),
    signText: (header, payload) => {
      const text = Buffer.from(header, 'base64url').toString();
      return signAs(privateKey, { header: text, payload });
    },
  };
}

export function readToken(token: string): TokenParts {
  const [header = '', payload = '', signature = ''] = token.split('.');
  return { header: decode(header), payload: decode(payload), signature };
}

/** JSON as a token's part; text is taken as it stands. */
export function encode(value: Json | string): string {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
}

interface Unsigned {
  header: Json | string;
  payload: Json | string;
}

export function signRs256(key: KeyObject, unsigned: Unsigned): string {
  return signAs(key, unsigned);
}

/** Signs by the algorithm of the key, whatever the header says. ECDSA as RFC 7518 §3.4 has it, or as DER. */
export function signAs(key: KeyObject, { header, payload }: Unsigned, dsaEncoding?: 'der'): string {
  const input = `${encode(header)}.${encode(payload)}`;
  const digest = key.asymmetricKeyType?.startsWith('ed') ? null : 'sha256';
  const signature = sign(digest, Buffer.from(input), { key, dsaEncoding: dsaEncoding ?? 'ieee-p1363' });
  return `${input}.${signature.toString('base64url')}`;
}

export function signHs256(secret: string | Buffer, { header, payload }: Unsigned): string {
  const input = `${encode(header)}.${encode(payload)}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

function decode(part: string): Json {
  return JSON.parse(Buffer.from(part, 'base64url').toString()) as Json;
}
