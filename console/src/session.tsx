import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { createContext, use, useEffect } from 'react';
import { Redirect, useLocation, useParams } from 'wouter';
import type { ConsoleSession } from '../../client/schema.ts';
import { api, ask } from './api.ts';
import { useDeploymentQuery } from './deployment.ts';
import { loginGate } from './gate.ts';
import { Gates } from './gates.tsx';
import { pageUser } from './page-user.ts';
import { Failed, Loaded, NotFound } from './parts/states.tsx';
import { say } from './parts/status.tsx';
import { queryClient, watchRole } from './query-client.ts';
import { may } from './roles.ts';
import type { Right, Role } from './roles.ts';
import { allowLeaving } from './leaving.ts';
import { listenToTabs, tellTabs } from './other-tabs.ts';
import type { TabMessage } from './other-tabs.ts';
import { paths } from './paths.ts';
import { keep, readKept } from './store.ts';
import { text } from './text/index.ts';

export type User = NonNullable<ConsoleSession['user']>;
export type Organization = ConsoleSession['organizations'][number];

const SESSION = ['session'];
const RETRY_MS = 10_000;

export function useSessionQuery() {
  return useQuery({
    queryKey: SESSION,
    queryFn: async () => keepSession(await ask(api.GET('/auth/v2/console/session/'))),
    staleTime: 60_000,
    // Without it there is nothing on the page that would ask again.
    refetchInterval: ({ state }) => state.status === 'error' && state.data === undefined && RETRY_MS,
  });
}

/** A session that ended takes nothing off the screen: a login is asked for over it. Another person starts afresh. */
function keepSession(now: ConsoleSession): ConsoleSession {
  const before = queryClient.getQueryData<ConsoleSession>(SESSION);
  if (before?.user && now.user?.uuid !== before.user.uuid) {
    if (now.user === null) loginGate.ask();
    else startAfresh();
    return before;
  }
  pageUser.set(now.user?.uuid ?? null);
  return now;
}

function startAfresh(): void {
  allowLeaving();
  location.assign('/console/');
}

/** Reads again who is logged in, and with which roles. */
export async function refreshSession(): Promise<ConsoleSession | undefined> {
  await queryClient.invalidateQueries({ queryKey: SESSION });
  return queryClient.getQueryData<ConsoleSession>(SESSION);
}

/** Takes over the answer to a login, and goes on with what waited for it. */
export function beginSession(session: ConsoleSession): void {
  const before = queryClient.getQueryData<ConsoleSession>(SESSION);
  if (session.user !== null) tellTabs({ kind: 'login', user: session.user.uuid });
  if (before?.user && before.user.uuid !== session.user?.uuid) {
    startAfresh();
    return;
  }
  queryClient.setQueryData(SESSION, keepSession(session));
  loginGate.close(true);
}

/**
 * Tells the other tabs of a session that was opened along with something else: the cookie is theirs from that answer on.
 * @returns null where it cannot be read now
 */
export async function announceSession(): Promise<ConsoleSession | null> {
  const session = await ask(api.GET('/auth/v2/console/session/')).catch(() => null);
  if (session?.user) tellTabs({ kind: 'login', user: session.user.uuid });
  return session;
}

/** A refused request may be another person's: who that is now is asked before anybody logs in. */
function onLoginAsked(): void {
  if (loginGate.isAsking.get()) void refreshSession();
}

/** What another tab did with the cookie that both have. */
function onTabMessage(message: TabMessage): void {
  const user = queryClient.getQueryData<ConsoleSession>(SESSION)?.user;
  if (message.kind === 'logout') {
    allowLeaving();
    location.assign('/console/login');
  } else if (user && user.uuid !== message.user) {
    startAfresh();
  } else {
    void refreshSession();
    loginGate.close(true);
  }
}

/** Ends the session, and forgets everything that was read in it. */
export async function logOut(): Promise<void> {
  await ask(api.DELETE('/auth/v2/console/session/'));
  tellTabs({ kind: 'logout' });
  allowLeaving();
  location.assign('/console/login');
}

interface LoggedIn {
  user: User;
  organizations: Organization[];
}

const SessionContext = createContext<LoggedIn | null>(null);

/** Who is logged in; only below `RequireLogin`. */
export function useSession(): LoggedIn {
  const session = use(SessionContext);
  if (session === null) throw new Error('no RequireLogin above');
  return session;
}

/** Shows its children to whoever is logged in, and the login to others. */
export function RequireLogin({ children }: { children: ReactNode }) {
  const query = useSessionQuery();
  const [path] = useLocation();
  useEffect(() => watchRole(() => void explainRole()), []);
  useEffect(() => listenToTabs(onTabMessage), []);
  useEffect(() => loginGate.isAsking.subscribe(onLoginAsked), []);
  if (query.data === undefined && query.error !== null) return <Unreachable query={query} />;
  return (
    <Loaded query={query}>
      {({ user, organizations }) => {
        if (user === null) return path === paths.home ? <FirstStep /> : <Login path={path} />;
        return (
          <SessionContext value={{ user, organizations }}>
            {children}
            <Gates email={user.email} />
          </SessionContext>
        );
      }}
    </Loaded>
  );
}

/** In the place of the whole page: nobody knows yet who is there. */
function Unreachable({ query: { error, isFetching, refetch } }: { query: ReturnType<typeof useSessionQuery> }) {
  if (error === null) return null;
  return (
    <main className="entry">
      <title>{text.product}</title>
      <Failed problem={error} title={text.states.unreachable} busy={isFetching} onTry={() => void refetch()} />
    </main>
  );
}

function Login({ path }: { path: string }) {
  return <Redirect to={loginPath(path + location.search)} replace />;
}

/** A browser that has never been in, at a service that somebody is trying out: there is no account to log in to yet. */
function FirstStep() {
  const { data, isPending } = useDeploymentQuery();
  if (isPending) return null;
  const isTrial = data !== undefined && data.outbox !== null && !data.needs_https && data.trusted_issuer === null;
  if (isTrial && readKept('organization') === null) return <Redirect to={paths.register} replace />;
  return <Login path={paths.home} />;
}

export function loginPath(next: string): string {
  return next === '/' ? '/login' : `/login?next=${encodeURIComponent(next)}`;
}

/** Says which role is held now, where it changed under the page. */
async function explainRole(): Promise<void> {
  const before = queryClient.getQueryData<ConsoleSession>(SESSION);
  const now = await refreshSession();
  for (const { uuid, role } of now?.organizations ?? []) {
    const held = before?.organizations.find((organization) => organization.uuid === uuid);
    if (held !== undefined && held.role !== role) say(text.roles.isNow(role), 'warning');
  }
}

interface CurrentOrganization extends Organization {
  may: (right: Right) => boolean;
  role: Role;
}

const OrganizationContext = createContext<CurrentOrganization | null>(null);

/** The organization of the URL, and what the person may do in it; only below `RequireOrganization`. */
export function useOrganization(): CurrentOrganization {
  const organization = use(OrganizationContext);
  if (organization === null) throw new Error('no RequireOrganization above');
  return organization;
}

/** Null outside of an organization. */
export function useOrganizationIfAny(): CurrentOrganization | null {
  return use(OrganizationContext);
}

/** Finds the organization of the URL among the person’s own. */
export function RequireOrganization({ children }: { children: ReactNode }) {
  const { org } = useParams<{ org: string }>();
  const found = useSession().organizations.find(({ uuid }) => uuid === org);
  const uuid = found?.uuid;
  useEffect(() => {
    if (uuid !== undefined) keep('organization', uuid);
  }, [uuid]);
  if (found === undefined) return <NotFound />;
  const current = { ...found, may: (right: Right) => may(found.role, right) };
  return <OrganizationContext value={current}>{children}</OrganizationContext>;
}
