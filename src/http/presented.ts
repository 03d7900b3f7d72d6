import type { IncomingMessage } from 'node:http';
import { headerValues } from './header-values.ts';

/** A secret, with Basic or in a form also the client it is said to be of. */
export interface SecretCredential {
  kind: 'secret';
  secret: string;
  clientId: string | undefined;
}

/** An access token. */
export interface TokenCredential {
  kind: 'token';
  token: string;
}

/** What a machine presents: a secret or an access token. */
export type Credential = SecretCredential | TokenCredential;

/** What a service is told of a request with a credential: what was presented, and from which address. */
export interface Presented<C extends Credential = Credential> {
  credential: C;
  address: string;
}

/** What the Authorization header of a request holds; `several` where more than one was sent. */
export type Authorization = Credential | { kind: 'none' | 'several' | 'unknown' };

const none = { kind: 'none' } as const;
const several = { kind: 'several' } as const;
const unknown = { kind: 'unknown' } as const;

/** Reads the Authorization header, for people's tokens and machines' credentials alike: the only place that does. */
export function readAuthorization(request: IncomingMessage): Authorization {
  const { authorization } = request.headers;
  if (authorization === undefined) return none;
  // Node keeps the first of several, a proxy in front may have looked at the last.
  if (headerValues(request, 'authorization').length > 1) return several;
  const token = /^Bearer +([^ ]+)$/i.exec(authorization)?.[1];
  return token === undefined ? (readBasic(authorization) ?? unknown) : { kind: 'token', token };
}

/** RFC 7617: everything up to the first colon is the client_id. */
function readBasic(authorization: string): SecretCredential | undefined {
  const encoded = /^Basic +([A-Za-z0-9+/]+={0,2})$/i.exec(authorization)?.[1];
  if (encoded === undefined) return undefined;
  const decoded = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  if (colon < 0) return undefined;
  const clientId = formDecode(decoded.slice(0, colon));
  const secret = formDecode(decoded.slice(colon + 1));
  return clientId === undefined || secret === undefined ? undefined : { kind: 'secret', secret, clientId };
}

/** RFC 6749 §2.3.1: a client form-encodes both parts. Neither holds a character that would be another one by this. */
function formDecode(text: string): string | undefined {
  if (!text.includes('%') && !text.includes('+')) return text;
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}
