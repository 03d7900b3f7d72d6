import { Route, Switch } from 'wouter';
import { NotFound } from '../../parts/states.tsx';
import { paths } from '../../paths.ts';
import { Account } from './account.tsx';

export default function AccountScreens() {
  return (
    <Switch>
      <Route path={paths.account} component={Account} />
      <Route component={NotFound} />
    </Switch>
  );
}
