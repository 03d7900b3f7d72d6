import { join } from 'node:path';
import { describeSendFailure } from '../mail/send-failure.ts';
import { greetSmtpServer } from '../mail/smtp-transport.ts';
import { requirePresent } from './doctor-patient.ts';
import type { Patient } from './doctor-patient.ts';
import type { Verdict } from './doctor-rules.ts';

export async function checkMail({ config }: Patient): Promise<Verdict> {
  const { smtpUrl, publicUrl, isProduction, dataDir } = requirePresent(config);
  if (smtpUrl === undefined) {
    const fate = isProduction
      ? 'every mail is dropped, so nobody can register or reset a password; set SMTP_URL'
      : `mails go to the log and to ${join(dataDir, 'outbox')}`;
    return { status: 'warn', what: `no mail server is set: ${fate}` };
  }
  const { host } = new URL(smtpUrl);
  try {
    await greetSmtpServer({ smtpUrl, publicUrl, isTlsRequired: isProduction });
    return { status: 'ok', what: `${host} takes mail` };
  } catch (err) {
    const { smtpCode, errorCode, reason } = describeSendFailure(err);
    const codes = [errorCode, smtpCode].filter((code) => code !== undefined).join(' ');
    const words = [codes || 'unknown error', ...(reason === undefined ? [] : [reason])].join(': ');
    return { status: 'fail', what: `${host} cannot be used (${words}): check SMTP_URL and the server` };
  }
}
