import { Type } from 'typebox';
import { GivenPassword, PASSWORD_LENGTH_MAX } from '../../http/schemas.ts';

const body = { additionalProperties: false } as const;

export const TempToken = Type.String({ minLength: 1, maxLength: 512, description: 'From `login/`.' });
const OtpToken = Type.String({
  minLength: 6,
  maxLength: 32,
  description: 'The six digits of the authenticator app, or a recovery code. Each is good once.',
});
const recoveryCodes = Type.Array(Type.String(), {
  description: 'Each opens the account once in the place of the second factor. Shown this once.',
});
const recoveryCodesExample = ['7Q2Z-D4KX-09HV-MJ3T', 'B8NW-1RYG-5E6C-XP2A'];

export const SecondFactorProof = Type.Object(
  { temp_token: TempToken, otp_token: OtpToken },
  {
    ...body,
    $id: 'SecondFactorProof',
    examples: [{ temp_token: 'pR7wN2bXkq4T0mVd9sYcJf6HgL1zAe8uQx3Ci5oKtWy', otp_token: '287082' }],
  },
);

/** For what somebody must not do who only found an open session. */
export const SecondFactorChange = Type.Object(
  { password: Type.Optional(GivenPassword) },
  { ...body, $id: 'SecondFactorChange', examples: [{ password: 'Correct-Horse-7' }] },
);

export const TotpSetup = Type.Object(
  {
    secret: Type.String({ description: 'Base32, for apps that cannot read the QR code. Shown this once.' }),
    otpauth_url: Type.String({ description: 'For a QR code that the authenticator app reads.' }),
  },
  {
    $id: 'TotpSetup',
    description: 'What an authenticator app is set up with. It counts once a code of it was confirmed, within an hour.',
    examples: [
      {
        secret: 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ',
        otpauth_url:
          'otpauth://totp/accounts.acme.example:ada%40acme.example?issuer=accounts.acme.example&secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&algorithm=SHA1&digits=6&period=30',
      },
    ],
  },
);

export const TotpConfirmation = Type.Object(
  { code: Type.String({ pattern: '^[0-9]{6}$', maxLength: 6, description: 'Six digits, as the app shows them.' }) },
  { ...body, $id: 'TotpConfirmation', examples: [{ code: '287082' }] },
);

export const TotpRemoval = Type.Object(
  { password: Type.String({ minLength: 1, maxLength: PASSWORD_LENGTH_MAX }), code: OtpToken },
  { ...body, $id: 'TotpRemoval', examples: [{ password: 'Correct-Horse-7', code: '287082' }] },
);

export const RecoveryCodesRenewal = Type.Object(
  { password: Type.Optional(GivenPassword), code: Type.Optional(OtpToken) },
  { ...body, $id: 'RecoveryCodesRenewal', examples: [{ code: '287082' }] },
);

export const RecoveryCodes = Type.Object(
  { recovery_codes: recoveryCodes },
  {
    $id: 'RecoveryCodes',
    description: 'Ten codes for whoever loses the second factor. Those from before do not work any more.',
    examples: [{ recovery_codes: recoveryCodesExample }],
  },
);
