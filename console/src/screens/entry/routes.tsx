import { lazy, Suspense } from 'react';
import { Route, Switch } from 'wouter';
import { chunk } from '../../chunks.ts';
import { paths } from '../../paths.ts';
import { Login } from './login.tsx';

const OtherWays = lazy(chunk(() => import('./other-ways.tsx')));

export default function EntryScreens() {
  return (
    <Switch>
      <Route path={paths.login} component={Login} />
      <Route>
        <Suspense fallback={null}>
          <OtherWays />
        </Suspense>
      </Route>
    </Switch>
  );
}
