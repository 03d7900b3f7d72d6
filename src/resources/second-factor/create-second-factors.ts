import type { FastifyBaseLogger } from 'fastify';
import type { ChangeRunner } from '../../changes/change-runner.ts';
import type { Db } from '../../db/client.ts';
import type { Outbox } from '../../mail/outbox.ts';
import type { MasterKey } from '../../master-key/master-key.ts';
import type { Config } from '../../settings/config.ts';
import type { TryPassword } from '../accounts/password-attempts.ts';
import { createPasskeyService } from './passkey-service.ts';
import { createSecondFactorCodes } from './second-factor-codes.ts';
import { createSecondFactorLogin } from './second-factor-login.ts';
import { createSecondFactorService } from './second-factor-service.ts';
import { createWebAuthn } from './webauthn.ts';

export interface SecondFactorsOptions {
  db: Db;
  changes: ChangeRunner;
  log: Pick<FastifyBaseLogger, 'info' | 'warn'>;
  masterKey: MasterKey;
  tryPassword: TryPassword;
  outbox: Outbox;
  config: Pick<Config, 'publicUrl' | 'corsOrigins'>;
}

/** What stands behind the routes of authenticator apps, recovery codes and passkeys. */
export function createSecondFactors({ config, ...parts }: SecondFactorsOptions) {
  const options = { ...parts, ...config };
  const shared = { ...options, codes: createSecondFactorCodes(options), webAuthn: createWebAuthn(config) };
  return {
    secondFactors: createSecondFactorService(shared),
    secondFactorLogins: createSecondFactorLogin(shared),
    passkeys: createPasskeyService(shared),
  };
}
