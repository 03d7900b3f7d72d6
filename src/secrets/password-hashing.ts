import type { MasterKey } from '../master-key/master-key.ts';
import type { Argon2Cost } from '../rules/argon2-cost.ts';
import { preparePassword } from '../rules/passwords.ts';
import { encodePlain, hashPlain, hasParameters, makeRandomHash, verifyPlain, writeCost } from './argon2-phc.ts';

export interface PasswordVerdict {
  matches: boolean;
  /**
   * A hash of the password as new ones are: in place of one that matched and has another cost, another pepper or none, and
   * where there was none to compare with.
   */
  fresh: string | undefined;
}

const argon2Hash =
  /^\$argon2(?:id|i|d)\$v=\d+\$(m=\d+,t=\d+,p=\d+)(?:,keyid=([A-Za-z0-9+/]{8}))?\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+$/;

/**
 * Password hashes that say all about themselves: a PHC string with the cost, and as `keyid` the version of the pepper that
 * keyed it. Without one it is of an earlier release, which knew no pepper and took passwords exactly as sent.
 */
export class PasswordHashing {
  readonly #masterKey: MasterKey;
  readonly #cost: Argon2Cost;
  /** Of every new hash, as a PHC string has them. */
  readonly #parameters: string;

  constructor(masterKey: MasterKey, cost: Argon2Cost) {
    this.#masterKey = masterKey;
    this.#cost = cost;
    this.#parameters = `${writeCost(cost)},keyid=${toKeyId(masterKey.currentPepper.version)}`;
  }

  async hash(password: string): Promise<string> {
    const plain = encodePlain(preparePassword(password));
    const phc = await hashPlain(plain, this.#cost, this.#masterKey.currentPepper.pepper);
    return phc.replace(writeCost(this.#cost), this.#parameters);
  }

  /** What is stored where nobody is to know the password. */
  makeUnknown(): string {
    return makeRandomHash(this.#parameters);
  }

  /**
   * One computation at every cost in use and at the configured one, whatever the hash is: else the time would tell a hash
   * that has not been renewed since the setting was raised from one that has, and from none.
   */
  async check(stored: string | undefined, password: string, costsInUse: readonly string[]): Promise<PasswordVerdict> {
    const configured = writeCost(this.#cost);
    const costsLeft = new Set([...costsInUse, configured]);
    const hash = parseHash(stored);
    const matches = hash !== undefined && (await this.#verify(hash, password));
    if (hash !== undefined) costsLeft.delete(hash.cost);
    const isToBeMade = hash === undefined || (matches && !hasParameters(hash.phc, this.#parameters));
    const fresh = isToBeMade ? await this.hash(password) : undefined;
    // Making one was the work at the configured cost.
    if (isToBeMade) costsLeft.delete(configured);
    const plain = encodePlain(preparePassword(password));
    for (const cost of costsLeft) await verifyPlain(makeRandomHash(cost), plain);
    return { matches, fresh };
  }

  async #verify({ phc, keyId }: ParsedHash, password: string): Promise<boolean> {
    if (keyId === undefined) return verifyPlain(phc, encodePlain(password));
    const pepper = this.#masterKey.findPepper(toVersion(keyId));
    const matches = await verifyPlain(phc, encodePlain(preparePassword(password)), pepper);
    return matches && pepper !== undefined;
  }
}

interface ParsedHash {
  phc: string;
  cost: string;
  keyId: string | undefined;
}

/** Undefined for what is no hash of argon2, which nothing matches. */
function parseHash(phc: string | undefined): ParsedHash | undefined {
  if (phc === undefined) return undefined;
  const [, cost, keyId] = argon2Hash.exec(phc) ?? [];
  return cost === undefined ? undefined : { phc, cost, keyId };
}

/** PHC strings write bytes in the other alphabet of base64. */
function toKeyId(version: string): string {
  return Buffer.from(version, 'base64url').toString('base64');
}

function toVersion(keyId: string): string {
  return Buffer.from(keyId, 'base64').toString('base64url');
}
