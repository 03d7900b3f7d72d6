import { Route, Switch } from 'wouter';
import { NotFound } from '../../parts/states.tsx';
import { Login } from './login.tsx';

export default function EntryScreens() {
  return (
    <Switch>
      <Route path="/login" component={Login} />
      <Route component={NotFound} />
    </Switch>
  );
}
