import { Type } from 'typebox';
import type { Static } from 'typebox';
import { ClientId, Email, Id, PASSWORD_LENGTH_MAX, ref } from '../../http/schemas.ts';
import { CODE_PATTERN } from './one-time-codes.ts';

export const NewPassword = Type.String({
  format: 'password',
  maxLength: PASSWORD_LENGTH_MAX,
  description:
    '8 to 256 characters with an upper-case and a lower-case letter, a digit and one of ' +
    '!@#$%^&*()_+-=[]{}|;:,.<>?. None of the 10,000 most common passwords, whatever digits or signs follow it, and without ' +
    'the part of the email before the @, where that has 4 characters or more.',
});
const Code = Type.String({ pattern: CODE_PATTERN, maxLength: 6, description: '6 upper-case letters or digits.' });
const RefreshToken = Type.String({ minLength: 1, maxLength: 512 });
const body = { additionalProperties: false } as const;

export const RegisterRequest = Type.Object(
  { email: Email, password: NewPassword },
  { ...body, $id: 'RegisterRequest', examples: [{ email: 'ada@acme.example', password: 'Correct-Horse-7' }] },
);

export const EmailRequest = Type.Object(
  { email: Email },
  { ...body, $id: 'EmailRequest', examples: [{ email: 'ada@acme.example' }] },
);

export const VerifyEmailRequest = Type.Object(
  { email: Email, code: Code },
  { ...body, $id: 'VerifyEmailRequest', examples: [{ email: 'ada@acme.example', code: 'K7Q2ZD' }] },
);

export const LoginRequest = Type.Object(
  { email: Email, password: Type.String({ minLength: 1, maxLength: PASSWORD_LENGTH_MAX }) },
  { ...body, $id: 'LoginRequest', examples: [{ email: 'ada@acme.example', password: 'Correct-Horse-7' }] },
);

export const RefreshRequest = Type.Object(
  { refresh_token: RefreshToken },
  { ...body, $id: 'RefreshRequest', examples: [{ refresh_token: 'mE6Tz0uQ3v1oYx8rK2aWc5dLhJ9sPnB4gFiUqVtXyZ0' }] },
);

export const ResetPasswordRequest = Type.Object(
  { email: Email, code: Code, password: NewPassword },
  {
    ...body,
    $id: 'ResetPasswordRequest',
    examples: [{ email: 'ada@acme.example', code: 'K7Q2ZD', password: 'Battery-Staple-8' }],
  },
);

export const Message = Type.Object(
  { message: Type.String() },
  {
    $id: 'Message',
    description: 'Done, as far as can be told.',
    examples: [{ message: 'If this address has an account, a code was sent.' }],
  },
);

export const Registration = Type.Object(
  { message: Type.String(), email: Email },
  {
    $id: 'Registration',
    description: 'A code was mailed. The same whether or not the email has an account.',
    examples: [{ message: 'A code was sent to this address.', email: 'ada@acme.example' }],
  },
);

/** The members of every answer with the tokens of a session. */
const tokenPair = {
  access_token: Type.String({ description: 'An admin token: RS256 JWT for the management routes.' }),
  refresh_token: Type.String({ description: 'Good for one refresh.' }),
  token_type: Type.String({ enum: ['Bearer'] }),
  expires_in: Type.Integer({ minimum: 1, description: 'Seconds the access token lives.' }),
};

export const tokenPairExample = {
  access_token: 'eyJhbGciOiJSUzI1NiIsImtpZCI6…',
  refresh_token: 'mE6Tz0uQ3v1oYx8rK2aWc5dLhJ9sPnB4gFiUqVtXyZ0',
  token_type: 'Bearer',
  expires_in: 86_400,
};

/** Of an answer that gives the service's own page a cookie in their place. */
export const optionalTokens = Type.Partial(Type.Object(tokenPair)).properties;

export const TokenPair = Type.Object(tokenPair, {
  $id: 'TokenPair',
  description: 'The tokens of a session.',
  examples: [tokenPairExample],
});

export const SecondFactorAsked = Type.Object(
  {
    '2fa_required': Type.Boolean({ enum: [true] }),
    temp_token: Type.String({ description: 'For the routes under `2fa/`, and nothing else.' }),
    expires_in: Type.Integer({ minimum: 1, description: 'Seconds the `temp_token` lives.' }),
    has_authenticator: Type.Boolean({ description: 'Whether `2fa/verify/` takes codes of an authenticator app.' }),
    has_passkeys: Type.Boolean({ description: 'Whether the login can be finished with a passkey.' }),
  },
  {
    $id: 'SecondFactorAsked',
    description: 'The password is right; the login waits for the second factor.',
    examples: [
      {
        '2fa_required': true,
        temp_token: 'pR7wN2bXkq4T0mVd9sYcJf6HgL1zAe8uQx3Ci5oKtWy',
        expires_in: 300,
        has_authenticator: true,
        has_passkeys: false,
      },
    ],
  },
);

/** How a login goes on. */
export const LoginAnswer = Type.Unsafe<Static<typeof TokenPair> | Static<typeof SecondFactorAsked>>({
  $id: 'LoginAnswer',
  description: 'The tokens of a session; of a user with a second factor, what asks for it.',
  anyOf: [ref(TokenPair), ref(SecondFactorAsked)],
  examples: [tokenPairExample],
});

export const FirstAccess = Type.Object(
  {
    ...optionalTokens,
    organization: Type.Object({ uuid: Id, name: Type.String() }),
    application: Type.Object({
      uuid: Id,
      name: Type.String(),
      client_id: ClientId,
      api_key: Type.String({ description: 'Shown this once.' }),
    }),
  },
  {
    $id: 'FirstAccess',
    description:
      'The organization with its first application, and the tokens of a session, as `login/` gives them; the service’s own ' +
      'page gets a cookie in their place.',
    examples: [
      {
        ...tokenPairExample,
        organization: { uuid: '019a3c5e-7d14-7b52-9c0e-3f6a1d2b4c01', name: 'Acme' },
        application: {
          uuid: '019a3c5e-8a02-7c6f-8f1b-6d5e4c3b2a02',
          name: 'Acme App',
          client_id: 'u1Zr0wT8mJ3kQ5xYb7Nc2A',
          api_key: 'lk_live_2tRm…h7Qx',
        },
      },
    ],
  },
);
export type FirstAccess = Static<typeof FirstAccess>;
