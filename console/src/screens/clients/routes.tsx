import { lazy, Suspense } from 'react';
import { Route, Switch } from 'wouter';
import { chunk } from '../../chunks.ts';
import { NotFound, Skeleton } from '../../parts/states.tsx';
import { ClientList } from './client-list.tsx';

// The list is what most people come for first.
const ClientDetail = lazy(chunk(() => import('./client-detail.tsx')));

export default function ClientScreens() {
  return (
    <Switch>
      <Route path="/o/:org/clients" component={ClientList} />
      <Route path="/o/:org/clients/:client_id/:tab?">
        <Suspense fallback={<Skeleton />}>
          <ClientDetail />
        </Suspense>
      </Route>
      <Route component={NotFound} />
    </Switch>
  );
}
