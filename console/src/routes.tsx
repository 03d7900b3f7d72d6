import { lazy, Suspense } from 'react';
import { Route, Switch } from 'wouter';
import { chunk } from './chunks.ts';
import { NotFound, Skeleton } from './parts/states.tsx';
import { Home } from './home.tsx';
import { RequireLogin, RequireOrganization } from './session.tsx';
import { Shell } from './shell.tsx';

// A chunk for each group of screens. Each default export is a Switch over the whole paths of its group.
const EntryScreens = lazy(chunk(() => import('./screens/entry/routes.tsx')));
const ClientScreens = lazy(chunk(() => import('./screens/clients/routes.tsx')));
const ApplicationScreens = lazy(chunk(() => import('./screens/applications/routes.tsx')));
const OrganizationScreens = lazy(chunk(() => import('./screens/organization/routes.tsx')));
const AccountScreens = lazy(chunk(() => import('./screens/account/routes.tsx')));

/** Every screen has a URL, and what it shows stands in it: `paths.ts` makes them. */
export function Screens() {
  return (
    <Switch>
      <Route path={/^\/(?<entry>login|register|verify|forgot|reset|invitation)\/?$/}>
        <Suspense fallback={null}>
          <EntryScreens />
        </Suspense>
      </Route>
      <Route>
        <RequireLogin>
          <LoggedInScreens />
        </RequireLogin>
      </Route>
    </Switch>
  );
}

function LoggedInScreens() {
  return (
    <Switch>
      <Route path="/o/:org/*?">
        <RequireOrganization>
          <Shell>
            <Suspense fallback={<Skeleton />}>
              <Switch>
                <Route path="/o/:org/clients/*?" component={ClientScreens} />
                <Route path="/o/:org/applications/*?" component={ApplicationScreens} />
                <Route path="/o/:org/*?" component={OrganizationScreens} />
              </Switch>
            </Suspense>
          </Shell>
        </RequireOrganization>
      </Route>
      <Route>
        <Shell>
          <Suspense fallback={<Skeleton />}>
            <Switch>
              <Route path="/" component={Home} />
              <Route path="/new-organization" component={OrganizationScreens} />
              <Route path="/account/*?" component={AccountScreens} />
              <Route component={NotFound} />
            </Switch>
          </Suspense>
        </Shell>
      </Route>
    </Switch>
  );
}
