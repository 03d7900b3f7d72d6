import type { ReactNode } from 'react';
import { Link, useLocation, useParams, useSearchParams } from 'wouter';
import type { Application } from '../../../../client/schema.ts';
import { EnvironmentBadge } from '../../parts/badge.tsx';
import { ButtonLink } from '../../parts/button.tsx';
import { UsageChart } from '../../parts/chart.tsx';
import { CopyText } from '../../parts/copy.tsx';
import type { Versioned } from '../../parts/draft.ts';
import { Facts } from '../../parts/facts.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Page } from '../../parts/page.tsx';
import { Section } from '../../parts/section.tsx';
import { Loaded } from '../../parts/states.tsx';
import { Tabs } from '../../parts/tabs.tsx';
import { Time } from '../../parts/time.tsx';
import { paths } from '../../paths.ts';
import { useOrganization } from '../../session.tsx';
import { text } from '../../text/index.ts';
import { ApplicationClients } from './application-clients.tsx';
import { ApplicationSettings } from './application-settings.tsx';
import { DeleteApplication } from './delete-application.tsx';
import { useApplication, useApplicationUsage } from './queries.ts';

const words = text.applications;

type TabName = 'overview' | 'settings' | 'clients';

/** One application: facts and use, settings, API clients. */
export function ApplicationPage({ tab }: { tab: TabName }) {
  const { uuid: org } = useOrganization();
  const { app } = useParams<{ app: string }>();
  const query = useApplication(org, app);
  return (
    <Loaded query={query}>
      {(versioned) => (
        <ApplicationFrame application={versioned.data}>
          {tab === 'overview' && <Overview application={versioned.data} />}
          {tab === 'settings' && <ApplicationSettings versioned={versioned satisfies Versioned<Application>} />}
          {tab === 'clients' && <ApplicationClients application={versioned.data} />}
        </ApplicationFrame>
      )}
    </Loaded>
  );
}

function ApplicationFrame({ application, children }: { application: Application; children: ReactNode }) {
  const { uuid: org, may } = useOrganization();
  const [path, navigate] = useLocation();
  const [params] = useSearchParams();
  const { uuid: app, name } = application;
  const mayChange = may('changeApplications');
  const tabs = [
    { to: paths.application(org, app), label: words.tabs.overview },
    // Who may change nothing sees all of it in the overview.
    ...(mayChange ? [{ to: paths.application(org, app, 'settings'), label: words.tabs.settings }] : []),
    { to: paths.application(org, app, 'clients'), label: words.tabs.clients },
  ];
  return (
    <Page
      title={name}
      beside={<EnvironmentBadge environment="live" />}
      above={
        <Link to={paths.applications(org)}>
          <Icon name="left" />
          {words.title}
        </Link>
      }
      actions={
        mayChange && (
          <ButtonLink to={`${path}?delete`} icon="trash">
            {words.delete}
          </ButtonLink>
        )
      }
    >
      <Tabs label={text.parts} tabs={tabs} />
      {children}
      {mayChange && params.has('delete') && (
        <DeleteApplication
          application={application}
          onClose={() => {
            navigate(path);
          }}
        />
      )}
    </Page>
  );
}

function Overview({ application }: { application: Application }) {
  const { uuid: org } = useOrganization();
  const usage = useApplicationUsage(org, application.uuid);
  return (
    <>
      <Section title={words.facts.title}>
        <Facts facts={factsOf(org, application)} />
      </Section>
      <Section title={words.usage}>
        <Loaded query={usage}>{(data) => <UsageChart usage={data} />}</Loaded>
      </Section>
    </>
  );
}

function factsOf(org: string, application: Application) {
  const names = words.facts;
  const { client_id: clientId, api_key_hint: hint, redirect_uris: urls } = application;
  const addresses = (['website_url', 'terms_url', 'privacy_url'] as const).map((field) => ({
    label: words.fields[field],
    value: application[field] ?? text.none,
  }));
  return [
    { label: names.client, value: <Link to={paths.client(org, clientId)}>{names.clientLink}</Link> },
    { label: names.clientId, value: <CopyText value={clientId} label={text.clientId} /> },
    { label: names.key, value: hint === null ? text.none : <code>…{hint}</code> },
    ...addresses,
    { label: names.created, value: <Time at={application.created_at} isExact /> },
    { label: names.changed, value: <Time at={application.updated_at} isExact /> },
    { label: words.fields.description, value: application.description ?? text.none, isWide: true },
    {
      label: words.fields.redirectUris,
      isWide: true,
      value:
        urls.length === 0 ? (
          words.noUrls
        ) : (
          <ul className="plain-list">
            {urls.map((url) => (
              <li key={url}>
                <code className="break">{url}</code>
              </li>
            ))}
          </ul>
        ),
    },
  ];
}
