export const clients = {
  title: 'API clients',
  create: 'New API client',
  columns: {
    name: 'Name',
    environment: 'Environment',
    permissions: 'Permissions',
    status: 'Status',
    secret: 'Secret',
    lastUsed: 'Last used',
    expires: 'Expires',
    created: 'Created',
  },
  emptyTitle: 'No API clients yet',
  emptyBody: 'An API client is how a program proves who it is: a client ID, a secret and what it may do.',
};
