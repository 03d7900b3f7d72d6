/**
 * Every error a caller can meet: its stable code, its status and its title. `oauth` bodies aside, nothing answers with
 * a status that is not in this table.
 */
export const errorCatalogue = {
  invalid_request: { status: 400, title: 'The request is not valid' },
  invalid_code: { status: 400, title: 'The code is wrong, spent or expired' },
  invalid_invitation: { status: 400, title: 'The invitation is wrong, spent or expired' },
  invalid_passkey: { status: 400, title: 'The passkey cannot be kept' },
  ambiguous_credentials: { status: 400, title: 'The request carries more than one credential' },
  unauthorized: { status: 401, title: 'Authentication is required' },
  invalid_login: { status: 401, title: 'The email or the password is wrong' },
  invalid_second_factor: { status: 401, title: 'The second factor is wrong, or the login has ended' },
  invalid_refresh_token: { status: 401, title: 'The refresh token is not valid' },
  login_required: { status: 401, title: 'The email has an account, which is to be logged in to' },
  invalid_credential: { status: 401, title: 'No valid credential was presented' },
  reauthentication_required: { status: 403, title: 'The password must be given again' },
  wrong_password: { status: 403, title: 'The password is wrong' },
  console_needs_https: { status: 403, title: 'The console needs HTTPS' },
  console_wrong_origin: { status: 403, title: 'The console is open at another address than its own' },
  passwords_disabled: { status: 403, title: 'People log in elsewhere, without a password here' },
  insufficient_role: { status: 403, title: 'Your role in the organization does not allow this' },
  wrong_account: { status: 403, title: 'The invitation is for another email' },
  second_factor_required: { status: 403, title: 'The organization demands a second factor of its members' },
  insufficient_permission: { status: 403, title: 'The API client lacks a permission' },
  wrong_environment: { status: 403, title: 'The API client belongs to another environment' },
  not_found: { status: 404, title: 'Not found' },
  method_not_allowed: { status: 405, title: 'The method is not allowed here' },
  request_timeout: { status: 408, title: 'The request took too long to arrive' },
  last_owner: { status: 409, title: 'The organization would be left without an owner' },
  primary_client: { status: 409, title: 'The primary client goes only with its application' },
  request_in_progress: { status: 409, title: 'The same request is still being carried out' },
  rotation_in_progress: { status: 409, title: 'An old secret still works beside the new one' },
  last_secret: { status: 409, title: 'The last usable secret goes only with its API client' },
  secret_in_use: { status: 409, title: 'The secret was used within the last hour' },
  secret_ended: { status: 409, title: 'The secret has ended' },
  second_factor_exists: { status: 409, title: 'There is a second factor of this kind already' },
  no_second_factor: { status: 409, title: 'There is no second factor' },
  quota_reached: { status: 409, title: 'There is no room for one more' },
  precondition_failed: { status: 412, title: 'The record has changed since it was read' },
  content_too_large: { status: 413, title: 'The request body is too large' },
  uri_too_long: { status: 414, title: 'The request target is too long' },
  unsupported_media_type: { status: 415, title: 'The media type of the body is not supported' },
  immutable_field: { status: 422, title: 'A field that never changes was in the request' },
  idempotency_key_reused: { status: 422, title: 'The Idempotency-Key belongs to another request' },
  policy_violation: { status: 422, title: 'The credential policy of the organization does not allow this' },
  import_failed: { status: 422, title: 'A line cannot be imported, so none was' },
  confirmation_required: { status: 422, title: 'The confirmation does not match' },
  rate_limited: { status: 429, title: 'Too many requests' },
  account_locked: { status: 429, title: 'Too many failed attempts' },
  headers_too_large: { status: 431, title: 'The request headers are too large' },
  internal_error: { status: 500, title: 'Something went wrong on our side' },
  overloaded: { status: 503, title: 'The service is busy' },
  database_unavailable: { status: 503, title: 'The service cannot reach its database' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ErrorCode = keyof typeof errorCatalogue;

/** What can be wrong with one value of a request: stable codes, and what each means. */
export const faultCatalogue = {
  required: 'is missing',
  unknown_field: 'is not a field of this request',
  unknown_parameter: 'is not a parameter of this route',
  wrong_type: 'is of another type, such as text instead of a number',
  blank: 'has nothing in it',
  too_short: 'has too few characters',
  too_long: 'has too many characters',
  too_few: 'has too few items',
  too_many: 'has too many items',
  too_small: 'is below the least value',
  too_large: 'is above the greatest value',
  not_allowed: 'is none of the values that are allowed',
  duplicate: 'holds the same item more than once',
  malformed: 'is not of the form it must have',
  too_weak: 'is too easy to guess',
  in_the_past: 'must be in the future',
  not_found: 'names what is not there, or is not yours',
  taken: 'is used by another one already',
  immutable: 'never changes',
} as const satisfies Record<string, string>;

export type FaultCode = keyof typeof faultCatalogue;

/** One thing wrong with the input: an RFC 6901 pointer into the body, or `?name` for a query parameter. */
export interface InputError {
  pointer: string;
  code: FaultCode;
  /** What is wrong, for people; follows the name of the field. */
  detail: string;
}

/** What some problems say besides. */
export interface ProblemMembers {
  secret_id?: string;
  expires_at?: string;
  last_used_at?: string;
}

export interface AppErrorOptions {
  /** Public text that says more than the title. Never holds a value the caller did not send. */
  detail?: string;
  errors?: InputError[];
  /** Further members of the problem, for programs. */
  members?: ProblemMembers;
  /** Sent as `Retry-After`, whole seconds; null leaves it out where the status alone would bring one. */
  retryAfterSeconds?: number | null;
  /** Further response headers, such as `WWW-Authenticate`. */
  headers?: Record<string, string>;
  /** Why, for the log only. */
  reason?: string;
  cause?: unknown;
}

/** An error with a place in the catalogue. Everything else that is thrown is answered as `internal_error`. */
export class AppError extends Error {
  override name = 'AppError';
  readonly code: ErrorCode;
  readonly status: number;
  readonly options: AppErrorOptions;

  constructor(code: ErrorCode, options: AppErrorOptions = {}) {
    super(options.reason ?? errorCatalogue[code].title, options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
    this.status = errorCatalogue[code].status;
    this.options = options;
  }
}

/** Thrown where work ends because the connection of its request has closed: there is nobody left to answer. */
export class ConnectionGoneError extends Error {
  override name = 'ConnectionGoneError';

  constructor() {
    super('the connection of the request has closed');
  }
}

/**
 * What a repository found.
 * @throws AppError `not_found` when that is nothing
 */
export function requireFound<T>(record: T | null): T {
  if (record === null) throw new AppError('not_found');
  return record;
}

interface DatabaseError {
  code?: unknown;
  constraint?: unknown;
}

/** The error that Postgres or `pg` raised, found behind drizzle's own. Undefined when there is none. */
export function databaseErrorOf(err: unknown): DatabaseError | undefined {
  for (let current = err; current instanceof Error; current = current.cause) {
    if ('code' in current && typeof current.code === 'string') return current;
  }
  return undefined;
}

/** Whether `err` is Postgres's refusal of a duplicate under that constraint or index. */
export function isUniqueViolation(err: unknown, constraint: string): boolean {
  const found = databaseErrorOf(err);
  return found?.code === '23505' && found.constraint === constraint;
}

/** Whether `err` is Postgres's refusal of a reference under that foreign key. */
export function isForeignKeyViolation(err: unknown, constraint: string): boolean {
  const found = databaseErrorOf(err);
  return found?.code === '23503' && found.constraint === constraint;
}

/** Whether Postgres undid a transaction for the sake of another one: the same may succeed when it is run again. */
export function isTransactionConflict(err: unknown): boolean {
  const code = databaseErrorOf(err)?.code;
  return code === '40P01' || code === '40001';
}
