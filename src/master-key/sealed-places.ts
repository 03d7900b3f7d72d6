import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';
import { accessTokenKeys } from '../db/tables/access-token-keys.ts';
import { auditCuts } from '../db/tables/audit.ts';
import { mails } from '../db/tables/mails.ts';
import { peppers } from '../db/tables/peppers.ts';
import { totpFactors } from '../db/tables/second-factors.ts';
import { signingKeys } from '../db/tables/signing-keys.ts';
import type { SealPurpose } from './master-key.ts';

/** A column that holds sealed text. */
export interface SealedPlace {
  purpose: SealPurpose;
  table: PgTable;
  key: PgColumn;
  sealed: PgColumn;
  /**
   * Whether the deployment cannot do without it. Mail that cannot be opened is tried again until it is of no use, a cut of
   * the audit trail is only looked at to verify it, and without the secret of an authenticator its owner has recovery codes.
   */
  isVital: boolean;
}

/** Every column that holds sealed text. Sealing anew, the check of the master key and the doctor all read this table. */
export const sealedPlaces = {
  peppers: {
    purpose: 'pepper',
    table: peppers,
    key: peppers.version,
    sealed: peppers.sealedPepper,
    isVital: true,
  },
  signing_keys: {
    purpose: 'signing-key',
    table: signingKeys,
    key: signingKeys.kid,
    sealed: signingKeys.sealedPrivateKey,
    isVital: true,
  },
  access_token_keys: {
    purpose: 'signing-key',
    table: accessTokenKeys,
    key: accessTokenKeys.kid,
    sealed: accessTokenKeys.sealedPrivateKey,
    isVital: true,
  },
  audit_cuts: {
    purpose: 'audit-cut',
    table: auditCuts,
    key: auditCuts.chainId,
    sealed: auditCuts.sealedHead,
    isVital: false,
  },
  totp_factors: {
    purpose: 'totp',
    table: totpFactors,
    key: totpFactors.userId,
    sealed: totpFactors.sealedSecret,
    isVital: false,
  },
  mails: { purpose: 'mail', table: mails, key: mails.id, sealed: mails.sealedMessage, isVital: false },
} as const satisfies Record<string, SealedPlace>;

export const vitalPlaces: readonly SealedPlace[] = Object.values(sealedPlaces).filter(({ isVital }) => isVital);
