import { Route, Switch } from 'wouter';
import { NotFound } from '../../parts/states.tsx';
import { ClientList } from './client-list.tsx';

export default function ClientScreens() {
  return (
    <Switch>
      <Route path="/o/:org/clients" component={ClientList} />
      <Route component={NotFound} />
    </Switch>
  );
}
