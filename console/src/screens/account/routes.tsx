import { Route, Switch } from 'wouter';
import { NotFound } from '../../parts/states.tsx';

export default function AccountScreens() {
  return (
    <Switch>
      <Route component={NotFound} />
    </Switch>
  );
}
