/** Words of parts that a first visit needs none of: they come with the chunks that do. */

export const session = {
  againTitle: 'Log in to go on',
  againBody: 'Your session has ended. What you were doing is still here, and goes on after you log in.',
  passwordTitle: 'Enter your password to go on',
  passwordBody: 'This is only done with a password that was given in the last 15 minutes.',
  password: 'Password',
  passwordSubmit: 'Enter password',
  passwordBusy: 'Checking…',
};

export const secretStep = {
  once: 'Copy the client secret now. You won’t see it again.',
  as: 'Show as',
  forms: { secret: 'Secret', env: '.env', curl: 'curl' },
  fields: { secret: 'Client secret', env: 'Client secret as .env', curl: 'Client secret as a curl call' },
  download: 'Download .env',
  saved: 'I have saved the secret',
  confirmFirst: 'Copy the secret and confirm first.',
  done: 'Done',
  leaving: {
    title: 'Leave without the secret?',
    body: 'Nobody can show it again. Without it, a new one has to be made.',
    stay: 'Back to the secret',
    leave: 'Leave without it',
  },
};

export const conflict = {
  title: 'Somebody else changed this meanwhile',
  body: 'Nothing is lost: choose what to keep.',
  theirs: 'Theirs',
  yours: 'Yours',
  saveMine: 'Save mine',
  takeTheirs: 'Take theirs',
};

export const chart = {
  about: 'About',
  accepted: { one: 'check accepted', other: 'checks accepted' },
  refused: { one: 'refused', other: 'refused' },
  utc: 'Days in UTC. The last ten seconds may be missing.',
  label: (days: number) => `Checks a day over ${days} days; the table below has the numbers`,
  bar: (day: string, accepted: string, refused: string) => `${day}: ${accepted} accepted, ${refused} refused`,
  empty: 'No checks in these days',
  table: 'Show as a table',
  day: 'Day (UTC)',
  columnAccepted: 'Accepted',
  columnRefused: 'Refused',
};
