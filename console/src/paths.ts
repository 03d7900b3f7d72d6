/** Where the screens are, below `/console`. */
export const paths = {
  home: '/',
  login: '/login',
  register: '/register',
  verify: '/verify',
  forgot: '/forgot',
  reset: '/reset',
  invitation: '/invitation',
  newOrganization: '/new-organization',
  account: '/account',
  clients: (org: string) => `/o/${org}/clients`,
  client: (org: string, clientId: string, tab?: ClientTab) =>
    `/o/${org}/clients/${encodeURIComponent(clientId)}${tab === undefined ? '' : `/${tab}`}`,
  applications: (org: string) => `/o/${org}/applications`,
  application: (org: string, app: string, tab?: 'settings' | 'clients') =>
    `/o/${org}/applications/${app}${tab === undefined ? '' : `/${tab}`}`,
  bestPractices: (org: string) => `/o/${org}/best-practices`,
  members: (org: string) => `/o/${org}/members`,
  policy: (org: string) => `/o/${org}/policy`,
  audit: (org: string) => `/o/${org}/audit`,
  settings: (org: string) => `/o/${org}/settings`,
};

export type ClientTab = 'settings' | 'secrets' | 'redirect-urls' | 'activity';

/** A path with a query; null and empty values are left out. */
export function withQuery(path: string, query: Record<string, string | null | undefined>): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value) params.set(name, value);
  return params.size === 0 ? path : `${path}?${params.toString()}`;
}

/** A path of the page itself out of `?next=`: whatever else stands there leads to the start. */
export function ownPath(next: string | null): string {
  if (next === null || !/^\/(?![/\\])/.test(next)) return paths.home;
  return new URL(next, location.origin).origin === location.origin ? next : paths.home;
}
