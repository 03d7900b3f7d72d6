import { Route, Switch } from 'wouter';
import { NotFound } from '../../parts/states.tsx';
import { paths } from '../../paths.ts';
import { Forgot, Reset } from './forgot.tsx';
import { Invitation } from './invitation.tsx';
import { Register } from './register.tsx';
import { Verify } from './verify.tsx';

/** All but the login, which most people need alone. */
export default function OtherWays() {
  return (
    <Switch>
      <Route path={paths.register} component={Register} />
      <Route path={paths.verify} component={Verify} />
      <Route path={paths.forgot} component={Forgot} />
      <Route path={paths.reset} component={Reset} />
      <Route path={paths.invitation} component={Invitation} />
      <Route component={NotFound} />
    </Switch>
  );
}
