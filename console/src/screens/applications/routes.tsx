import { Route, Switch } from 'wouter';
import { NotFound } from '../../parts/states.tsx';

export default function ApplicationScreens() {
  return (
    <Switch>
      <Route component={NotFound} />
    </Switch>
  );
}
