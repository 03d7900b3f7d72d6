export const entry = {
  email: 'Email',
  password: 'Password',
  newPassword: 'New password',
  passwordHint: '8 characters or more, with upper and lower case, a digit and a sign.',
  code: 'Code from the mail',
  codeHint: 'Six letters and digits. It works for ten minutes.',
  backToLogin: 'Back to the login',

  login: {
    title: 'Log in',
    submit: 'Log in',
    busy: 'Logging in…',
    forgot: 'Forgot the password?',
    noAccount: 'No account yet?',
    register: 'Create an account',
  },

  https: {
    title: 'The console needs HTTPS',
    body: 'Over http:// anybody on the way could read the login. Set PUBLIC_URL to the https:// address of this service and open that.',
  },

  elsewhere: {
    title: 'People log in elsewhere',
    body: (issuer: string) => `Accounts here belong to ${issuer}. Its tokens open the API; this page logs nobody in.`,
  },

  secondFactor: {
    title: 'Second step',
    code: 'Code',
    codeHint: 'The six digits of your authenticator app, or a recovery code.',
    recoveryCode: 'Recovery code',
    recoveryHint: 'One of the ten you kept. Each works once.',
    submit: 'Log in',
    busy: 'Logging in…',
    usePasskey: 'Use a passkey',
    passkeyBusy: 'Waiting for the passkey…',
    useRecovery: 'Use a recovery code',
    startAgain: 'Start again',
    passkeyOnly: 'Confirm with the passkey of this account: a fingerprint, a face, a PIN or a security key.',
    wrong: 'is wrong or was used before, or this login took more than five minutes: start again',
  },

  passkeys: {
    cancelled: 'The passkey was not used. Nothing has changed.',
    unsupported: 'This browser cannot use passkeys here. They need HTTPS and a current browser.',
  },

  register: {
    title: 'Create an account',
    submit: 'Create account',
    busy: 'Creating…',
    hasAccount: 'Already have an account?',
    login: 'Log in',
  },

  verify: {
    title: 'Check your mail',
    sent: (email: string) => `A code is on its way to ${email}. Enter it here.`,
    again: 'Send a new code',
    againBusy: 'Sending…',
    againDone: 'If this address waits for a code, a new one was sent.',
    submit: 'Confirm email',
    busy: 'Confirming…',
    otherEmail: 'Use another email',
    wrong: 'is wrong, used, or older than ten minutes',
  },

  outbox: {
    title: 'No mail server is set',
    body: 'The code is in the terminal that Latchkey runs in, and in the newest file of',
  },

  welcome: {
    title: 'Your account is ready',
    body: (organization: string) =>
      `You own ${organization}. It has a first application, and this is its API key: a program sends it with each call.`,
    go: 'Go to the API clients',
  },

  forgot: {
    title: 'Forgot the password',
    body: 'Enter your email. If it has an account, a code goes there.',
    submit: 'Send code',
    busy: 'Sending…',
  },

  reset: {
    title: 'Choose a new password',
    body: (email: string) => `If ${email} has an account, a code is on its way.`,
    submit: 'Change password',
    busy: 'Changing…',
    done: 'The password is changed. Every login has ended: log in with the new one.',
  },

  invitation: {
    title: 'You are invited',
    body: 'Somebody invited you to an organization.',
    newTitle: 'New here',
    newBody: 'Choose a password. The mail has proven your email; its account is made with this.',
    join: 'Join',
    joinBusy: 'Joining…',
    joinAs: (email: string) => `Join as ${email}`,
    hasAccount: 'I have an account',
    loginBody: 'The invited email has an account. Log in with it to join.',
    wrongTitle: 'The invitation is for another email',
    wrongBody: (email: string) =>
      `You are logged in as ${email}. Log out, and open the link of the mail again with the account it was sent to.`,
    logOut: 'Log out',
    invalidTitle: 'This invitation does not work any more',
    invalidBody:
      'It was used, withdrawn, or is older than seven days. Look for a newer mail, or ask to be invited again.',
    noneTitle: 'The link is not whole',
    noneBody: 'Open it from the mail once more, or copy all of it.',
    joined: (organization: string) => `You are now a member of ${organization}.`,
    toStart: 'Go to the start page',
  },
};
