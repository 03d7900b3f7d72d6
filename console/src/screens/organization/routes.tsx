import { Route, Switch } from 'wouter';
import { NotFound } from '../../parts/states.tsx';

export default function OrganizationScreens() {
  return (
    <Switch>
      <Route component={NotFound} />
    </Switch>
  );
}
