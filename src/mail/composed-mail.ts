import type { SendMailOptions } from 'nodemailer';
import { isPlainAddress } from '../rules/mail-address.ts';
import type { MailSender } from '../rules/mail-address.ts';
import type { MailMessage } from './rendering.ts';
import { UnmailableAddressError } from './send-failure.ts';

/**
 * A message as nodemailer takes it: nothing in it can add a header or a recipient, or make it read a file.
 * @throws UnmailableAddressError
 */
export function composeMail(
  message: MailMessage,
  { from, id }: { from: MailSender; id: string | undefined },
): SendMailOptions {
  if (!isPlainAddress(message.to)) throw new UnmailableAddressError('the recipient is not one plain address');
  return {
    from: { ...from },
    to: { name: '', address: message.to },
    subject: message.subject,
    text: message.text,
    html: message.html,
    ...(id !== undefined && { messageId: `<${id}@${from.address.slice(from.address.indexOf('@') + 1)}>` }),
    // RFC 3834 §5: nobody's absence note should answer.
    headers: { 'Auto-Submitted': 'auto-generated' },
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}
