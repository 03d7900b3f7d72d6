import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** How long others may keep what is fixed without asking again: a new version of the service may have another. */
const MAX_AGE_SECONDS = 300;
const usualCacheControl = `public, max-age=${MAX_AGE_SECONDS}`;
const TAG_LENGTH = 22;

export interface FixedContentOptions {
  type: string;
  /** Called once, at the first request. */
  make: () => string | Buffer;
  /** Sent with it, besides what every answer has. */
  headers?: Record<string, string>;
  /** How others may keep it, when not for five minutes. */
  cacheControl?: string;
}

/**
 * Answers with content that is the same for everybody as long as the process lives. It is made once and kept as bytes
 * with its entity tag; whoever still has it gets a 304 (RFC 9110 §13.1.2). A `Range` is not looked at (§14.2).
 */
export function sendFixed({ type, make, headers = {}, cacheControl = usualCacheControl }: FixedContentOptions) {
  let kept: { bytes: Buffer; etag: string } | undefined;
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    kept ??= keep(make());
    const { bytes, etag } = kept;
    reply.headers({ ...headers, etag, 'cache-control': cacheControl });
    const known = request.headers['if-none-match'];
    if (known !== undefined && isNamed(etag, known)) return reply.code(304).send();
    return reply.type(type).send(bytes);
  };
}

function keep(content: string | Buffer): { bytes: Buffer; etag: string } {
  const bytes = Buffer.from(content);
  const tag = createHash('sha256').update(bytes).digest('base64url').slice(0, TAG_LENGTH);
  return { bytes, etag: `"${tag}"` };
}

/** Proxies that compress mark the tag as weak, or put `-gzip` at its end. */
function isNamed(etag: string, known: string): boolean {
  return known.split(',').some((given) => {
    const tag = given.trim();
    return tag === '*' || tag.replace(/^W\//, '').replace(/-gzip"$/, '"') === etag;
  });
}
