import { Route, Switch } from 'wouter';
import { NotFound } from '../../parts/states.tsx';
import { ApplicationList } from './application-list.tsx';
import { ApplicationPage } from './application-page.tsx';

export default function ApplicationScreens() {
  return (
    <Switch>
      <Route path="/o/:org/applications" component={ApplicationList} />
      <Route path="/o/:org/applications/:app">
        <ApplicationPage tab="overview" />
      </Route>
      <Route path="/o/:org/applications/:app/settings">
        <ApplicationPage tab="settings" />
      </Route>
      <Route path="/o/:org/applications/:app/clients">
        <ApplicationPage tab="clients" />
      </Route>
      <Route component={NotFound} />
    </Switch>
  );
}
