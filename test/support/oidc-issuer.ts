import { createPublicKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SignJWT, exportJWK, generateKeyPair } from 'jose';
import type { CryptoKey, JWK } from 'jose';
import type { Test } from 'tap';
import { takeRsaKey } from './signing-keys.ts';

/** Answers one path of the issuer. Undefined lets it hang. */
export type Answer = (response: ServerResponse, url: string) => void;

/** A real OpenID Connect issuer on 127.0.0.1. */
export interface TestIssuer {
  url: string;
  /** Requests so far, by path. */
  visits: Record<string, number>;
  /** What discovery and the key set answer from now on; the truth where nothing is given. */
  answer: (answers: { discovery?: Answer | undefined; jwks?: Answer | undefined }) => void;
  /** Signs what the issuer says of a person; `changes` are laid over it. */
  sign: (claims?: Record<string, unknown>, header?: Record<string, unknown>) => Promise<string>;
  /** Replaces the key: the old one is no longer published. Default: for RS256. */
  rotate: (alg?: string) => Promise<void>;
  /** The key of the moment. */
  key: () => IssuerKey;
}

interface IssuerKey {
  privateKey: CryptoKey | KeyObject;
  jwk: JWK;
}

export const AUDIENCE = 'latchkey-management';
const DISCOVERY = '/.well-known/openid-configuration';

export const sendJson =
  (body: unknown, status = 200): Answer =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };

export const hang: Answer = () => undefined;

export async function startIssuer(t: Pick<Test, 'teardown'>): Promise<TestIssuer> {
  const state = { key: await makeKey(), answers: {} as Parameters<TestIssuer['answer']>[0] };
  const visits: Record<string, number> = {};
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const path = request.url ?? '';
    visits[path] = (visits[path] ?? 0) + 1;
    const { discovery = sendJson({ issuer: url, jwks_uri: `${url}/keys` }) } = state.answers;
    const { jwks = sendJson({ keys: [state.key.jwk] }) } = state.answers;
    if (path === DISCOVERY) discovery(response, url);
    else if (path === '/keys') jwks(response, url);
    else sendJson({ issuer: url, jwks_uri: `${url}/keys`, keys: [state.key.jwk] })(response, url);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });

  return {
    url,
    visits,
    answer: (answers) => {
      state.answers = answers;
    },
    sign: (claims = {}, header = {}) => {
      const now = Math.floor(Date.now() / 1000);
      const payload = { iss: url, aud: AUDIENCE, sub: 'person-1', iat: now, exp: now + 300, email_verified: true };
      return new SignJWT({ ...payload, ...claims })
        .setProtectedHeader({ alg: String(state.key.jwk.alg), kid: String(state.key.jwk.kid), ...header })
        .sign(state.key.privateKey);
    },
    rotate: async (alg) => {
      state.key = await makeKey(alg);
    },
    key: () => state.key,
  };
}

let made = 0;

async function makeKey(alg = 'RS256'): Promise<IssuerKey> {
  const { publicKey, privateKey } = await makePair(alg);
  made += 1;
  return { privateKey, jwk: { ...(await exportJWK(publicKey)), kid: `key-${made}`, use: 'sig', alg } };
}

async function makePair(alg: string) {
  if (!/^[RP]S/.test(alg)) return generateKeyPair(alg, { extractable: true });
  const privateKey = await takeRsaKey();
  return { privateKey, publicKey: createPublicKey(privateKey) };
}
