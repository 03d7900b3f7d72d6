import { consoleCookieOf } from '../rules/console-cookie.ts';
import { ConfigError, readConfig } from '../settings/config.ts';
import type { Config } from '../settings/config.ts';
import type { Shell } from './command-line.ts';
import type { Patient } from './doctor-patient.ts';
import type { Verdict } from './doctor-rules.ts';

export async function checkSettings(patient: Patient): Promise<Verdict> {
  try {
    patient.config = readConfig(patient.env, patient);
  } catch (err) {
    if (!(err instanceof ConfigError)) throw err;
    return { status: 'fail', what: err.problems.join('; ') };
  }
  const warnings = warnOfSettings(patient.config, patient.env);
  if (warnings.length === 0) return { status: 'ok', what: 'all of them are valid' };
  return { status: 'warn', what: warnings.join('; ') };
}

function warnOfSettings(
  { isProduction, publicUrl, trustedIssuer, isConsoleEnabled }: Config,
  env: Shell['env'],
): string[] {
  const isUrlMissing = isProduction && !env.PUBLIC_URL;
  const isIssuerInClear = trustedIssuer?.issuer.startsWith('http:') === true;
  const isConsoleInClear = isConsoleEnabled && consoleCookieOf(publicUrl) === null;
  return [
    ...(isUrlMissing ? [`PUBLIC_URL is not set: tokens and mails name ${publicUrl}`] : []),
    ...(isIssuerInClear
      ? ['LATCHKEY_TRUSTED_ISSUER is an http:// address: whoever is on the way to it can log in as anybody']
      : []),
    ...(isConsoleInClear
      ? [
          `nobody can log in to the console over ${publicUrl}: it needs an https:// PUBLIC_URL, or CONSOLE_ENABLED=false`,
        ]
      : []),
  ];
}
