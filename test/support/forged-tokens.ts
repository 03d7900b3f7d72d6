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

/** Makes tokens by hand, good and bad, with the service's own signing key. */
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

/** Opens the service's signing key, as only somebody with its master key can, and signs what a real token says. */
export async function openForge(test: TestApp, realToken: string): Promise<TokenForge> {
  const [row] = await test.query<{ kid: string; public_jwk: Json; sealed_private_key: string }>(
    'select kid, public_jwk, sealed_private_key from signing_keys where retired_at is null',
  );
  if (row === undefined) throw new Error('the service has no signing key');
  const pem = new MasterKey(test.config.masterKeys).unseal('signing-key', row.sealed_private_key);
  const privateKey = createPrivateKey(pem);
  const { header, payload } = readToken(realToken);
  return {
    kid: row.kid,
    privateKey,
    publicKeyPem: createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString(),
    publicJwk: row.public_jwk,
    sign: (changes = {}) =>
      signRs256(privateKey, { header: { ...header, ...changes.header }, payload: { ...payload, ...changes.payload } }),
    signText: (header, payload) => {
      const text = Buffer.from(header, 'base64url').toString();
      return signRs256(privateKey, { header: text, payload });
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

export function signRs256(key: KeyObject, { header, payload }: Unsigned): string {
  const input = `${encode(header)}.${encode(payload)}`;
  return `${input}.${sign('sha256', Buffer.from(input), key).toString('base64url')}`;
}

export function signHs256(secret: string | Buffer, { header, payload }: Unsigned): string {
  const input = `${encode(header)}.${encode(payload)}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

function decode(part: string): Json {
  return JSON.parse(Buffer.from(part, 'base64url').toString()) as Json;
}
