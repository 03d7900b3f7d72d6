import { Route, Switch } from 'wouter';
import { NotFound } from '../../parts/states.tsx';
import { ClientDetail } from './client-detail.tsx';
import { ClientList } from './client-list.tsx';

export default function ClientScreens() {
  return (
    <Switch>
      <Route path="/o/:org/clients" component={ClientList} />
      <Route path="/o/:org/clients/:client_id/:tab?" component={ClientDetail} />
      <Route component={NotFound} />
    </Switch>
  );
}
