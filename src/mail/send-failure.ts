/** Thrown for a recipient that is not one plain address. */
export class UnmailableAddressError extends Error {
  override name = 'UnmailableAddressError';
}

/** Thrown when all of a mail was handed over and no answer came: the mail server may have taken it. */
export class PerhapsSentError extends Error {
  override name = 'PerhapsSentError';
}

export interface SendFailure {
  /** What the mail server answered, when it did. */
  smtpCode: number | undefined;
  /** The code of the error, such as `ESOCKET`. */
  errorCode: string | undefined;
  /** Of a connection or of TLS: what is wrong, in words where it has them, or else the code beneath. */
  reason: string | undefined;
}

/** Why TLS failed, by the code that Node gives or, without one, by the words of its error. */
const tlsReasons: readonly [RegExp, string][] = [
  [/CERT_HAS_EXPIRED|certificate has expired/, 'its certificate has run out'],
  [/CERT_NOT_YET_VALID/, 'its certificate is not valid yet: see to the clock of this machine'],
  [/ALTNAME_INVALID|does not match certificate/, 'its certificate is for another name; tls.servername names that one'],
  [
    /SELF_SIGNED|UNABLE_TO_(?:VERIFY|GET_ISSUER)|self.signed|unable to (?:verify|get)/,
    'its certificate is signed by nobody this machine trusts; NODE_EXTRA_CA_CERTS names further ones',
  ],
  [
    /WRONG_VERSION_NUMBER|wrong version number|packet length too long/,
    'it does not begin with TLS on this port: smtps:// is for port 465, smtp:// for 587 and 25',
  ],
  [
    /UNSUPPORTED_PROTOCOL|PROTOCOL_VERSION|HANDSHAKE_FAILURE/i,
    'it has no version or cipher of TLS in common with this one',
  ],
];

/** What may be logged of an error that a transport threw: its text can name the recipient. */
export function describeSendFailure(thrown: unknown): SendFailure {
  const err = thrown instanceof PerhapsSentError ? thrown.cause : thrown;
  if (!(err instanceof Error)) return { smtpCode: undefined, errorCode: undefined, reason: undefined };
  const { code, responseCode, originalCode } = err as {
    code?: unknown;
    responseCode?: unknown;
    originalCode?: unknown;
  };
  const errorCode = typeof code === 'string' ? code : undefined;
  return {
    smtpCode: typeof responseCode === 'number' ? responseCode : undefined,
    errorCode,
    reason: findReason(err, { errorCode, originalCode: typeof originalCode === 'string' ? originalCode : undefined }),
  };
}

function findReason(
  { message }: Error,
  { errorCode, originalCode }: { errorCode: string | undefined; originalCode: string | undefined },
): string | undefined {
  if (errorCode !== 'ESOCKET' && errorCode !== 'ETLS' && errorCode !== 'EDNS' && errorCode !== 'ECONNECTION') {
    return undefined;
  }
  const found = tlsReasons.find(([pattern]) => pattern.test(originalCode ?? '') || pattern.test(message));
  if (found !== undefined) return found[1];
  return errorCode === 'ETLS'
    ? 'it does not offer STARTTLS, which is required; requireTLS=false does without'
    : originalCode;
}

/** Whether sending the same mail again would meet the same answer. */
export function isPermanentFailure(err: unknown): boolean {
  if (err instanceof UnmailableAddressError) return true;
  const { smtpCode, errorCode } = describeSendFailure(err);
  // A 5xx to the greeting or to the login turns this service away, not this mail, and ends when the server is set right.
  if (errorCode !== 'EENVELOPE' && errorCode !== 'EMESSAGE') return false;
  // RFC 5321 §4.2.1: 5yz is final; 503 says that the session went wrong, not the mail.
  return smtpCode === undefined || (smtpCode >= 500 && smtpCode !== 503);
}
