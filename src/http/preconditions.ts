import type { FastifyRequest } from 'fastify';
import { AppError } from '../errors.ts';

/**
 * A record's version as an entity tag (RFC 9110 §8.8.3).
 * @param variant what else the record shows, where readers see it differently
 */
export function entityTag(version: number, variant = ''): string {
  return variant === '' ? `"${version}"` : `"${version}.${variant}"`;
}

/**
 * A version of ours, as it comes back through proxies that compress: nginx and many others make a tag weak, Apache, Caddy
 * and Jetty put the name of the coding behind it (`"1-gzip"`, `"1;gzip"`, `"1--br"`). The tag says which version the
 * record had and nothing of its bytes, so all of these name the same one.
 */
const versionTag = /^(?:W\/)?"([1-9]\d{0,8})(?:\.[a-z]+)?(?:[-;:+]{1,2}[A-Za-z]{2,10})?"$/;

/**
 * The versions that `If-Match` names (RFC 9110 §13.1.1), or undefined when the request sets no condition.
 * @throws AppError `precondition_failed` when it names none that could ever match
 */
export function readIfMatch(request: FastifyRequest): number[] | undefined {
  const header = request.headers['if-match'];
  if (header === undefined || header.trim() === '*') return undefined;
  const versions = header.split(',').map((tag) => Number(versionTag.exec(tag.trim())?.[1] ?? NaN));
  const known = versions.filter((version) => !Number.isNaN(version));
  if (known.length === 0) throw new AppError('precondition_failed');
  return known;
}

/** What a proxy that compresses puts at the end of a tag. */
const codingSuffix = /[-;:+]{1,2}[A-Za-z]{2,10}"$/;

/** Whether `If-None-Match` names the tag of one of our records, by the weak comparison (RFC 9110 §13.1.2). */
export function isKnownTag(etag: string, ifNoneMatch: string): boolean {
  return ifNoneMatch.split(',').some((given) => {
    const tag = given.trim();
    return tag === '*' || tag.replace(/^W\//, '').replace(codingSuffix, '"') === etag;
  });
}

/** @throws AppError `precondition_failed` when the record is none of the versions that the request is about */
export function requireVersion(record: { version: number }, versions: readonly number[] | undefined): void {
  if (versions?.includes(record.version) === false) throw new AppError('precondition_failed');
}
