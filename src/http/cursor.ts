import { timingSafeEqual } from 'node:crypto';
import { AppError } from '../errors.ts';
import type { MasterKey } from '../master-key/master-key.ts';

const ID_BYTES = 16;
const TAG_BYTES = 16;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Opaque keyset cursors. A cursor holds the id of the last record seen and is good only in the list it came from. */
export interface Cursors {
  /**
   * @param scope names the list and whose it is
   * @param id a UUID in lower case
   * @throws TypeError when `id` is not a UUID
   */
  encode: (scope: string, id: string) => string;
  /**
   * The id inside, under the current master key or an old one.
   *
   * @throws AppError `invalid_request` for anything that {@link encode} did not make for this scope
   */
  decode: (scope: string, cursor: string) => string;
}

/** Binds cursors to the cursor key. */
export function createCursors(masterKey: MasterKey): Cursors {
  return {
    encode: (scope, id) => {
      if (!UUID.test(id)) throw new TypeError('a cursor is made of a UUID');
      const [tag] = tagsOf(masterKey, scope, id);
      return Buffer.concat([Buffer.from(id.replaceAll('-', ''), 'hex'), tag]).toString('base64url');
    },

    decode: (scope, cursor) => {
      const bytes = decodeCanonical(cursor);
      if (bytes === undefined) throw refusal();
      const id = formatUuid(bytes.subarray(0, ID_BYTES));
      const tag = bytes.subarray(ID_BYTES);
      if (!tagsOf(masterKey, scope, id).some((expected) => timingSafeEqual(expected, tag))) throw refusal();
      return id;
    },
  };
}

function tagsOf(masterKey: MasterKey, scope: string, id: string): [Buffer, ...Buffer[]] {
  const [first, ...rest] = masterKey.digests('cursor', scope, id);
  return [first.subarray(0, TAG_BYTES), ...rest.map((digest) => digest.subarray(0, TAG_BYTES))];
}

/** Node skips foreign characters and unused bits; only text that encodes back to itself is what was handed out. */
function decodeCanonical(cursor: string): Buffer | undefined {
  const bytes = Buffer.from(cursor, 'base64url');
  return bytes.length === ID_BYTES + TAG_BYTES && bytes.toString('base64url') === cursor ? bytes : undefined;
}

function formatUuid(bytes: Buffer): string {
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

function refusal(): AppError {
  return new AppError('invalid_request', {
    errors: [{ pointer: '?cursor', code: 'malformed', detail: 'is not a cursor of this list' }],
  });
}
