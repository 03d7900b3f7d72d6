import { Type } from 'typebox';
import type { Static } from 'typebox';
import { clientStatuses, environments } from '../../db/tables/api-clients.ts';
import type { ClientStatus, Environment } from '../../db/tables/api-clients.ts';
import { faultCatalogue } from '../../errors.ts';
import type { FaultCode } from '../../errors.ts';
import {
  AllowedIps,
  ClientId,
  Description,
  Id,
  Name,
  nullable,
  RedirectUrls,
  SecretHint,
  Timestamp,
} from '../../http/schemas.ts';
import {
  FOREIGN_COST,
  FOREIGN_HASH_FORMS,
  FOREIGN_HASH_LENGTH_MAX,
  RANDOM_BITS_MIN,
} from '../../rules/foreign-hashes.ts';
import { LOOKUP_DIGITS } from '../../secrets/imported-secrets.ts';

/** Bits a character of these holds. */
export const alphabetBits = { hex: 4, base32: 5, base36: 5.17, base58: 5.85, base62: 5.95, base64: 6 } as const;
export type Alphabet = keyof typeof alphabetBits;

const { bcrypt, argon2, scrypt, pbkdf2 } = FOREIGN_COST;

const HashText = Type.String({
  minLength: 1,
  maxLength: FOREIGN_HASH_LENGTH_MAX,
  description:
    `As the other system keeps it: ${FOREIGN_HASH_FORMS}. What a check may cost is bounded: bcrypt cost ${bcrypt.costMax}; ` +
    `argon2 m ${argon2.memoryMaxKib}, m × t ${argon2.workMax}, p ${argon2.parallelismMax}; scrypt N × r ${scrypt.memoryMax}, ` +
    `N × r × p ${scrypt.workMax}; PBKDF2 ${pbkdf2.iterationsMax} iterations, half of that with SHA-512. A secret that is not declared \`random\` needs at ` +
    `least bcrypt cost ${bcrypt.costMin}, argon2 m × t ${argon2.workMin}, scrypt N × r × p ${scrypt.workMin}, PBKDF2 ` +
    `${pbkdf2.iterationsMin} iterations, and no SHA-256. Replaced by a hash of this service at the first use.`,
});

const ImportedSecret = Type.Object(
  {
    hash: HashText,
    random: Type.Optional(
      nullable(
        Type.Object(
          {
            characters: Type.Integer({
              minimum: 1,
              maximum: 512,
              description: 'How many of its characters are random.',
            }),
            alphabet: Type.Unsafe<Alphabet>(
              Type.String({ enum: Object.keys(alphabetBits), description: 'Which characters those are.' }),
            ),
          },
          {
            additionalProperties: false,
            description:
              `That a machine drew the secret: its characters hold at least ${RANDOM_BITS_MIN} random bits. Nothing may be ` +
              'declared so that a person thought of. `$sha256$`, `lookup` and `hint` need it.',
          },
        ),
      ),
    ),
    lookup: Type.Optional(
      nullable(
        Type.String({
          pattern: `^[0-9A-Fa-f]{${LOOKUP_DIGITS}}$`,
          maxLength: LOOKUP_DIGITS,
          description:
            `The first ${LOOKUP_DIGITS} hexadecimal digits of the SHA-256 of the whole secret: lets it be sent as ` +
            '`x-api-key`, without its client_id. A `$sha256$` hash has its own.',
        }),
      ),
    ),
    hint: Type.Optional(nullable(SecretHint)),
    expires_at: Type.Optional(nullable(Timestamp)),
  },
  { additionalProperties: false },
);
export type ImportedSecret = Static<typeof ImportedSecret>;

const members = {
  client_id: {
    ...ClientId,
    description:
      '3 to 128 of `A-Z a-z 0-9 - . _ ~`; one that nobody has, and no other organization ever had. No UUIDv7, with or ' +
      'without hyphens: those are the ids of users.',
  },
  name: Name,
  description: Type.Optional(nullable(Description)),
  environment: Type.Unsafe<Environment>(Type.String({ enum: [...environments] })),
  permissions: Type.Array(Type.String({ format: 'line', maxLength: 64 }), {
    minItems: 1,
    maxItems: 100,
    uniqueItems: true,
    description: 'Names from the catalogue.',
  }),
  allowed_redirect_urls: Type.Optional(RedirectUrls),
  allowed_ips: Type.Optional(nullable(AllowedIps)),
  status: Type.Optional(Type.Unsafe<ClientStatus>(Type.String({ enum: [...clientStatuses], default: 'active' }))),
  application_id: Type.Optional(nullable(Id)),
  expires_at: Type.Optional(nullable(Timestamp)),
};

export const ApiClientImport = Type.Object(
  { ...members, secret: Type.Optional(nullable(ImportedSecret)) },
  {
    $id: 'ApiClientImport',
    additionalProperties: false,
    description:
      'One line of an import. Without a `secret` the API client has none, until `regenerate-secret/` makes the first.',
    examples: [
      {
        client_id: 'billing-service',
        name: 'Billing service',
        environment: 'live',
        permissions: ['api.read'],
        secret: { hash: '$2b$10$CwTycUXWue0Thq9StjUM0uJ8h4D2kC6Xq2Q1n1mX8Z7fQ0J1yB5Zq' },
      },
    ],
  },
);
export type ApiClientImport = Static<typeof ApiClientImport>;

export const ApiClientExport = Type.Object(
  {
    ...members,
    description: nullable(Description),
    allowed_redirect_urls: RedirectUrls,
    allowed_ips: AllowedIps,
    status: Type.Unsafe<ClientStatus>(Type.String({ enum: [...clientStatuses] })),
    application_id: nullable(Id),
    expires_at: nullable(Timestamp),
  },
  {
    $id: 'ApiClientExport',
    description:
      'One line of an export: what an import takes, but for the secret. Hashes stay here; without this deployment’s master ' +
      'key they are good for nothing.',
  },
);
export type ApiClientExport = Static<typeof ApiClientExport>;

export const importResults = ['imported', 'already_imported', 'failed'] as const;

const LineFault = Type.Object({
  pointer: Type.String({ description: 'RFC 6901 pointer into the line.' }),
  code: Type.Unsafe<FaultCode>(
    Type.String({ enum: Object.keys(faultCatalogue), description: 'Stable, for programs.' }),
  ),
  detail: Type.String({ description: 'What is wrong there, for people.' }),
});

export const ImportResult = Type.Object(
  {
    line: Type.Integer({ minimum: 1, description: 'Which line of the import, counted from 1.' }),
    client_id: nullable(Type.String({ description: 'Null where the line names none.' })),
    result: Type.Unsafe<(typeof importResults)[number]>(
      Type.String({
        enum: [...importResults],
        description: '`already_imported`: the organization has just this API client.',
      }),
    ),
    errors: Type.Optional(Type.Array(LineFault, { maxItems: 100, description: 'Why it failed.' })),
  },
  {
    $id: 'ImportResult',
    description: 'What became of one line of an import.',
    examples: [{ line: 1, client_id: 'billing-service', result: 'imported' }],
  },
);
export type ImportResult = Static<typeof ImportResult>;

export const ImportTotals = Type.Object(
  {
    done: Type.Boolean({ description: 'Whether the import came to its end.' }),
    imported: Type.Integer({ minimum: 0 }),
    already_imported: Type.Integer({ minimum: 0 }),
    failed: Type.Integer({ minimum: 0 }),
    problem: nullable(
      Type.Object(
        { code: Type.String(), detail: Type.String() },
        { description: 'What ended it before its end. Lines without a result: send them again.' },
      ),
    ),
  },
  {
    $id: 'ImportTotals',
    description: 'The last line of the answer to an import. Without it the answer is not whole.',
    examples: [{ done: true, imported: 1, already_imported: 0, failed: 0, problem: null }],
  },
);
export type ImportTotals = Static<typeof ImportTotals>;
