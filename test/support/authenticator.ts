import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

/** What `options/` answers with, as far as an authenticator looks. */
interface Ceremony {
  challenge: string;
}

/** What an honest authenticator and browser never send. */
export interface Forgery {
  type?: string;
  origin?: string;
  challenge?: string;
  rpId?: string;
  isUserVerified?: boolean;
  isUserPresent?: boolean;
  /** In the place of one more than last time. */
  signCount?: number;
  userHandle?: string;
  crossOrigin?: boolean;
  /** The name and statement of an attestation, CBOR. */
  attestation?: { format: string; statement: Buffer };
}

const USER_PRESENT = 0x01;
const USER_VERIFIED = 0x04;
const HAS_CREDENTIAL = 0x40;
const NO_STATEMENT = Buffer.from([0xa0]);

/** An authenticator with one ES256 passkey, and the browser around it. It signs whatever it is told to. */
export class Authenticator {
  readonly id = randomBytes(16).toString('base64url');
  readonly #key: KeyObject;
  readonly #cosePublicKey: Buffer;
  readonly #origin: string;
  signCount = 0;

  constructor(origin: string) {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
    this.#key = privateKey;
    this.#cosePublicKey = Buffer.concat([
      Buffer.from('a5010203262001215820', 'hex'),
      Buffer.from(x, 'base64url'),
      Buffer.from('225820', 'hex'),
      Buffer.from(y, 'base64url'),
    ]);
    this.#origin = origin;
  }

  /** Makes the passkey, as `navigator.credentials.create()` answers. */
  create({ challenge }: Ceremony, forgery: Forgery = {}) {
    const id = Buffer.from(this.id, 'base64url');
    const length = Buffer.alloc(2);
    length.writeUInt16BE(id.length);
    const credential = Buffer.concat([Buffer.alloc(16), length, id, this.#cosePublicKey]);
    const { format, statement } = forgery.attestation ?? { format: 'none', statement: NO_STATEMENT };
    const authData = Buffer.concat([this.#authData(forgery, HAS_CREDENTIAL), credential]);
    const attestationObject = Buffer.concat([
      Buffer.from([0xa3]),
      ...[cborText('fmt'), cborText(format), cborText('attStmt'), statement],
      ...[cborText('authData'), Buffer.from([0x58, authData.length]), authData],
    ]);
    return {
      ...this.#credential(),
      response: {
        clientDataJSON: this.#clientData('webauthn.create', challenge, forgery).toString('base64url'),
        attestationObject: attestationObject.toString('base64url'),
        transports: ['internal'],
      },
    };
  }

  /** Signs a challenge, as `navigator.credentials.get()` answers. */
  get({ challenge }: Ceremony, forgery: Forgery = {}) {
    this.signCount = forgery.signCount ?? this.signCount + 1;
    const authData = this.#authData(forgery, 0);
    const clientData = this.#clientData('webauthn.get', challenge, forgery);
    const signed = Buffer.concat([authData, createHash('sha256').update(clientData).digest()]);
    return {
      ...this.#credential(),
      response: {
        clientDataJSON: clientData.toString('base64url'),
        authenticatorData: authData.toString('base64url'),
        signature: sign('sha256', signed, this.#key).toString('base64url'),
        ...(forgery.userHandle === undefined ? {} : { userHandle: forgery.userHandle }),
      },
    };
  }

  #credential() {
    return {
      id: this.id,
      rawId: this.id,
      type: 'public-key',
      authenticatorAttachment: 'platform',
      clientExtensionResults: {},
    };
  }

  #clientData(type: string, challenge: string, forgery: Forgery): Buffer {
    const { origin = this.#origin, crossOrigin = false } = forgery;
    const content = { type: forgery.type ?? type, challenge: forgery.challenge ?? challenge, origin, crossOrigin };
    return Buffer.from(JSON.stringify(content));
  }

  #authData(forgery: Forgery, more: number): Buffer {
    const { rpId = new URL(this.#origin).hostname, isUserVerified = true, isUserPresent = true } = forgery;
    const flags = (isUserPresent ? USER_PRESENT : 0) | (isUserVerified ? USER_VERIFIED : 0) | more;
    const tail = Buffer.alloc(5);
    tail.writeUInt8(flags, 0);
    tail.writeUInt32BE(this.signCount, 1);
    return Buffer.concat([createHash('sha256').update(rpId).digest(), tail]);
  }
}

/** A text of up to 23 bytes (RFC 8949 §3.1). */
function cborText(text: string): Buffer {
  return Buffer.concat([Buffer.from([0x60 + text.length]), Buffer.from(text)]);
}
