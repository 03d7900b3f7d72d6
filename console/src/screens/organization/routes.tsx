import { Route, Switch } from 'wouter';
import { NotFound } from '../../parts/states.tsx';
import { Audit } from './audit.tsx';
import { BestPractices } from './best-practices.tsx';
import { CreateOrganization } from './create-organization.tsx';
import { Members } from './members.tsx';
import { Policy } from './policy.tsx';
import { Settings } from './settings.tsx';

export default function OrganizationScreens() {
  return (
    <Switch>
      <Route path="/new-organization" component={CreateOrganization} />
      <Route path="/o/:org/best-practices" component={BestPractices} />
      <Route path="/o/:org/members" component={Members} />
      <Route path="/o/:org/policy" component={Policy} />
      <Route path="/o/:org/audit" component={Audit} />
      <Route path="/o/:org/settings" component={Settings} />
      <Route component={NotFound} />
    </Switch>
  );
}
