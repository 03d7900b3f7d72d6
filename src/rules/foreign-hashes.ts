/** A hash of a secret as another system stored it, read and found to be within the bounds. */
export type ForeignHash =
  | { scheme: 'argon2'; phc: string }
  | { scheme: 'bcrypt'; text: string }
  | { scheme: 'scrypt'; salt: Buffer; key: Buffer; blocks: number; blockSize: number; lanes: number }
  | { scheme: 'pbkdf2'; salt: Buffer; key: Buffer; digest: 'sha1' | 'sha256' | 'sha512'; iterations: number }
  | { scheme: 'sha256'; digest: Buffer };

/** A fast hash is no protection for what somebody could guess. */
export const RANDOM_BITS_MIN = 128;

/**
 * The bounds of what one comparison may cost, and of what a hash must cost where its secret may be one that can be guessed.
 * The upper ones are about a quarter of a second of one core, and 64 MiB: whoever imports a hash decides what a check costs.
 */
export const FOREIGN_COST = {
  bcrypt: { costMin: 10, costMax: 12 },
  /** `work` is KiB times passes. */
  argon2: { workMin: 32_768, workMax: 262_144, memoryMaxKib: 65_536, parallelismMax: 4 },
  /** `work` is N times r times p. */
  scrypt: { workMin: 131_072, workMax: 524_288, memoryMax: 262_144 },
  /** Iterations, times the digests that the key is long; one of SHA-512 counts as two. */
  pbkdf2: { iterationsMin: 25_000, iterationsMax: 600_000 },
} as const;

const SALT_BYTES_MIN = 8;
/** Of 128 bits: what is shorter would match other secrets as well. */
const KEY_BYTES_MIN = 16;
const BYTES_MAX = 64;
export const FOREIGN_HASH_LENGTH_MAX = 256;

export const FOREIGN_HASH_FORMS =
  '`$argon2id$`, `$argon2i$` or `$argon2d$` (PHC), `$2a$`, `$2b$` or `$2y$` (bcrypt), `$scrypt$ln=…,r=…,p=…$`, ' +
  '`$pbkdf2-sha1$`, `-sha256$` or `-sha512$` with `i=…,l=…$` or the iterations alone, `$sha256$` and 64 hexadecimal digits';

export type ForeignHashReading = { hash: ForeignHash } | { fault: string };

/**
 * Reads a hash of another system.
 * @param isRandom whether the secret is declared to hold {@link RANDOM_BITS_MIN} random bits: then the hash may be a cheap one
 * @returns the hash, or what is wrong with it, for people, to follow the name of the field
 */
export function readForeignHash(text: string, isRandom: boolean): ForeignHashReading {
  for (const read of [readBcrypt, readArgon2, readScrypt, readPbkdf2, readSha256]) {
    const found = read(text);
    if (found === undefined) continue;
    const fault = found.fault ?? (isRandom ? undefined : found.weakness);
    return fault === undefined ? { hash: found.hash } : { fault };
  }
  return { fault: 'must be a hash in one of the forms that the description names' };
}

interface Read {
  hash: ForeignHash;
  /** What rules it out whatever the secret. */
  fault?: string | undefined;
  /** What rules it out for a secret that could be guessed. */
  weakness?: string | undefined;
}

const WEAK = 'is too weak for a secret that is not declared to be random';

function readBcrypt(text: string): Read | undefined {
  const match = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/.exec(text);
  if (match === null) return undefined;
  const [cost, { costMin, costMax }] = [Number(match[1]), FOREIGN_COST.bcrypt];
  return {
    // The three are one algorithm; libraries differ in the letters they know.
    hash: { scheme: 'bcrypt', text: `$2b${text.slice(3)}` },
    fault: cost < 4 ? 'must have a cost of at least 4' : tooCostly(cost <= costMax, `a cost of at most ${costMax}`),
    weakness: tooWeak(cost >= costMin, `a cost of at least ${costMin}`),
  };
}

function readArgon2(text: string): Read | undefined {
  const match =
    /^\$argon2(?:id|i|d)\$v=(?:16|19)\$m=(\d{1,7}),t=(\d{1,7}),p=(\d{1,3})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/.exec(
      text,
    );
  if (match === null) return undefined;
  const [memory, passes, lanes] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const { workMin, workMax, memoryMaxKib, parallelismMax } = FOREIGN_COST.argon2;
  const isPossible = passes >= 1 && lanes >= 1 && memory >= 8 * lanes;
  const isBounded = memory <= memoryMaxKib && memory * passes <= workMax && lanes <= parallelismMax;
  const bounds = `at most m=${memoryMaxKib}, p=${parallelismMax} and m times t of ${workMax}`;
  const [salt, key] = [decode(match[4]), decode(match[5])];
  return {
    hash: { scheme: 'argon2', phc: text },
    fault: isPossible
      ? // The library compares with no shorter salt (RFC 9106 §3.1 takes any).
        (tooCostly(isBounded, bounds) ?? sizeFault(salt, key) ?? shortSalt(salt))
      : 'has parameters that argon2 does not allow',
    weakness: tooWeak(memory * passes >= workMin, `m times t of at least ${workMin}`),
  };
}

function readScrypt(text: string): Read | undefined {
  const match = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,3}),p=(\d{1,3})\$([A-Za-z0-9+/]+)={0,2}\$([A-Za-z0-9+/]+)={0,2}$/.exec(
    text,
  );
  if (match === null) return undefined;
  const [blocks, blockSize, lanes] = [2 ** Number(match[1]), Number(match[2]), Number(match[3])];
  const { workMin, workMax, memoryMax } = FOREIGN_COST.scrypt;
  // RFC 7914 §2: N is less than 2^(128 * r / 8).
  const isPossible = blocks > 1 && blockSize >= 1 && lanes >= 1 && Number(match[1]) < 16 * blockSize;
  const work = blocks * blockSize * lanes;
  const isBounded = work <= workMax && blocks * blockSize <= memoryMax;
  const bounds = `N times r of at most ${memoryMax}, and times p of at most ${workMax}`;
  const [salt, key] = [decode(match[4]), decode(match[5])];
  return {
    hash: { scheme: 'scrypt', salt, key, blocks, blockSize, lanes },
    fault: isPossible
      ? (tooCostly(isBounded, bounds) ?? sizeFault(salt, key))
      : 'has parameters that scrypt does not allow',
    weakness: tooWeak(work >= workMin, `N times r times p of at least ${workMin}`) ?? shortSalt(salt),
  };
}

const digests = {
  sha1: { bytes: 20, weight: 1 },
  sha256: { bytes: 32, weight: 1 },
  sha512: { bytes: 64, weight: 2 },
} as const;

function readPbkdf2(text: string): Read | undefined {
  const match =
    /^\$pbkdf2-(sha1|sha256|sha512)\$(?:i=(\d{1,8})(?:,l=(\d{1,3}))?|(\d{1,8}))\$([A-Za-z0-9+/.]+)={0,2}\$([A-Za-z0-9+/.]+)={0,2}$/.exec(
      text,
    );
  if (match === null) return undefined;
  const digest = match[1] as keyof typeof digests;
  const iterations = Number(match[2] ?? match[4]);
  const [salt, key] = [decode(match[5]), decode(match[6])];
  const { iterationsMin, iterationsMax } = FOREIGN_COST.pbkdf2;
  const isWhole = iterations >= 1 && (match[3] === undefined || Number(match[3]) === key.length);
  const work = iterations * Math.ceil(key.length / digests[digest].bytes) * digests[digest].weight;
  const bounds = `at most ${iterationsMax} iterations, times the digests that its key is long, of SHA-512 half of that`;
  return {
    hash: { scheme: 'pbkdf2', salt, key, digest, iterations },
    fault: isWhole
      ? (tooCostly(work <= iterationsMax, bounds) ?? sizeFault(salt, key))
      : 'must say the length of its key in bytes, and its iterations',
    weakness: tooWeak(iterations >= iterationsMin, `at least ${iterationsMin} iterations`) ?? shortSalt(salt),
  };
}

function readSha256(text: string): Read | undefined {
  const match = /^\$sha256\$([0-9a-f]{64})$/i.exec(text);
  if (match === null) return undefined;
  return { hash: { scheme: 'sha256', digest: Buffer.from(String(match[1]), 'hex') }, weakness: WEAK };
}

/** Base64 in either alphabet that stands in hashes: passlib has a dot for the plus. */
function decode(text = ''): Buffer {
  return Buffer.from(text.replaceAll('.', '+'), 'base64');
}

function tooCostly(isBounded: boolean, bounds: string): string | undefined {
  return isBounded ? undefined : `must have ${bounds}: a check would cost too much`;
}

function tooWeak(isEnough: boolean, bounds: string): string | undefined {
  return isEnough ? undefined : `${WEAK}: that takes ${bounds}`;
}

function sizeFault(salt: Buffer, key: Buffer): string | undefined {
  if (key.length < KEY_BYTES_MIN || key.length > BYTES_MAX) {
    return `must hold a key of ${KEY_BYTES_MIN} to ${BYTES_MAX} bytes`;
  }
  return salt.length > BYTES_MAX ? `must hold a salt of at most ${BYTES_MAX} bytes` : undefined;
}

function shortSalt(salt: Buffer): string | undefined {
  return salt.length < SALT_BYTES_MIN ? `must hold a salt of at least ${SALT_BYTES_MIN} bytes` : undefined;
}
