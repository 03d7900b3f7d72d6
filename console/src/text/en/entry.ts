export const entry = {
  login: {
    title: 'Log in',
    email: 'Email',
    password: 'Password',
    submit: 'Log in',
    busy: 'Logging in…',
  },
  chooseOrganization: 'Choose an organization',
  createOrganization: 'Create organization',
};
