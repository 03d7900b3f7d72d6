import { useEffect } from 'react';
import { Link, useLocation, useParams } from 'wouter';
import type { ApiClient } from '../../../../client/schema.ts';
import { api, ask } from '../../api.ts';
import { EnvironmentBadge } from '../../parts/badge.tsx';
import { Button, ButtonLink } from '../../parts/button.tsx';
import type { Versioned } from '../../parts/draft.ts';
import { Icon } from '../../parts/icon.tsx';
import { ProblemNotice } from '../../parts/notice.tsx';
import { Page } from '../../parts/page.tsx';
import { Forbidden, Loaded, NotFound } from '../../parts/states.tsx';
import { say } from '../../parts/status.tsx';
import { useSubmission } from '../../parts/submission.ts';
import { Tabs } from '../../parts/tabs.tsx';
import { paths } from '../../paths.ts';
import type { ClientTab } from '../../paths.ts';
import { useOrganization } from '../../session.tsx';
import { text } from '../../text/index.ts';
import { useUrl } from '../../url.ts';
import { ClientActivity } from './client-activity.tsx';
import { ClientOverview } from './client-overview.tsx';
import { refreshClients, useClient, useSecrets } from './client-queries.ts';
import { ClientRedirects } from './client-redirects.tsx';
import { useClientRights } from './client-rights.ts';
import type { ClientRights } from './client-rights.ts';
import { ClientSecrets } from './client-secrets.tsx';
import { ClientSettings } from './client-settings.tsx';
import { ClientStatus } from './client-status.tsx';
import { DeleteClient } from './delete-client.tsx';
import { PauseClient } from './pause-client.tsx';
import { RegenerateSecret } from './regenerate-secret.tsx';

const words = text.clients.detail;

export default function ClientDetail() {
  const { client_id: clientId, tab } = useParams<{ client_id: string; tab?: string }>();
  const { uuid: org } = useOrganization();
  const query = useClient(org, clientId);
  return <Loaded query={query}>{(client) => <Detail client={client} tab={tab} />}</Loaded>;
}

/** What every tab is given. */
export interface TabProps {
  client: Versioned<ApiClient>;
  rights: ClientRights;
}

function Detail({ client, tab }: { client: Versioned<ApiClient>; tab: string | undefined }) {
  const { uuid: org, may } = useOrganization();
  const { data } = client;
  const rights = useClientRights(data);
  const retiring = useSecrets(org, data.client_id).data?.find(({ status }) => status === 'retiring');
  const link = (name?: ClientTab) => paths.client(org, data.client_id, name);
  const tabs = [
    { to: link(), label: words.overview },
    { to: link('settings'), label: words.settings },
    { to: link('secrets'), label: words.secrets },
    { to: link('redirect-urls'), label: words.redirectUrls },
    ...(may('readAudit') ? [{ to: link('activity'), label: words.activity }] : []),
  ];
  return (
    <Page
      title={data.name}
      above={
        <Link to={paths.clients(org)}>
          <Icon name="left" />
          {text.clients.title}
        </Link>
      }
      beside={
        <>
          <EnvironmentBadge environment={data.environment} />
          <ClientStatus client={data} retiring={retiring === undefined ? false : (retiring.expires_at ?? true)} />
        </>
      }
      actions={<Actions client={data} rights={rights} />}
    >
      <Tabs label={words.tabs} tabs={tabs} />
      <TabContent tab={tab} client={client} rights={rights} />
      <Dialogs client={client} rights={rights} />
    </Page>
  );
}

function TabContent({ tab, ...props }: TabProps & { tab: string | undefined }) {
  const { role, may } = useOrganization();
  switch (tab) {
    case undefined:
      return <ClientOverview {...props} />;
    case 'settings':
      return <ClientSettings {...props} />;
    case 'secrets':
      return <ClientSecrets {...props} />;
    case 'redirect-urls':
      return <ClientRedirects {...props} />;
    case 'activity':
      return may('readAudit') ? <ClientActivity {...props} /> : <Forbidden role={role} right="readAudit" isPart />;
    default:
      return <NotFound />;
  }
}

function Actions({ client, rights }: { client: ApiClient; rights: ClientRights }) {
  const { uuid: org } = useOrganization();
  const url = useUrl();
  const resume = useSubmission({
    send: () =>
      ask(
        api.PATCH('/auth/v2/organizations/{org}/api-clients/{client_id}/', {
          params: { path: { org, client_id: client.client_id } },
          body: { status: 'active' },
        }),
      ),
    onDone() {
      void refreshClients(org);
      say(words.resumed(client.name));
    },
  });
  if (!rights.mayControl) return null;
  return (
    <>
      {client.status === 'active' ? (
        <ButtonLink icon="pause" to={url.to({ pause: '' })}>
          {words.pause}
        </ButtonLink>
      ) : (
        <Button icon="play" busy={resume.isBusy && text.states.loading} onClick={resume.submit}>
          {words.resume}
        </Button>
      )}
      <ButtonLink icon="refresh" to={url.to({ regenerate: '' })}>
        {words.regenerate}
      </ButtonLink>
      {!rights.isPrimary && (
        <ButtonLink icon="trash" to={url.to({ delete: '' })}>
          {words.delete}
        </ButtonLink>
      )}
      {resume.problem !== null && <ProblemNotice problem={resume.problem} />}
    </>
  );
}

function Dialogs({ client, rights }: TabProps) {
  const { uuid: org } = useOrganization();
  const [, navigate] = useLocation();
  const url = useUrl();
  const close = () => {
    url.set({ pause: null, regenerate: null, delete: null });
  };
  const isAsking = ['pause', 'regenerate', 'delete'].some((name) => url.params.has(name));
  useEffect(() => {
    // When it was last used decides what is asked.
    if (isAsking) void refreshClients(org);
  }, [isAsking, org]);
  if (!rights.mayControl) return null;
  if (url.params.has('pause')) return <PauseClient client={client.data} onClose={close} />;
  if (url.params.has('regenerate')) return <RegenerateSecret client={client.data} onClose={close} />;
  if (!url.params.has('delete') || rights.isPrimary) return null;
  return (
    <DeleteClient
      client={client}
      onClose={close}
      onPause={() => {
        url.set({ delete: null, pause: '' });
      }}
      onDeleted={() => {
        navigate(paths.clients(org), { replace: true });
        void refreshClients(org);
      }}
    />
  );
}
