import { useQuery } from '@tanstack/react-query';
import { useLocation, useSearchParams } from 'wouter';
import type { Organization } from '../../../../client/schema.ts';
import { api, ask } from '../../api.ts';
import { ButtonLink } from '../../parts/button.tsx';
import { UsageChart } from '../../parts/chart.tsx';
import { CopyText } from '../../parts/copy.tsx';
import { readAgain } from '../../parts/draft.ts';
import type { Versioned } from '../../parts/draft.ts';
import { EditForm } from '../../parts/edit-form.tsx';
import { TextField } from '../../parts/field.tsx';
import { Facts } from '../../parts/facts.tsx';
import { Page } from '../../parts/page.tsx';
import { Section } from '../../parts/section.tsx';
import { Forbidden, Loaded } from '../../parts/states.tsx';
import { say } from '../../parts/status.tsx';
import { Time } from '../../parts/time.tsx';
import { paths } from '../../paths.ts';
import { queryClient } from '../../query-client.ts';
import { refreshSession, useOrganization } from '../../session.tsx';
import { text } from '../../text/index.ts';
import { DeleteOrganization } from './delete-organization.tsx';
import { useOrganizationRecord } from './queries.ts';

const words = text.settings;

export function Settings() {
  const { uuid: org, role, may } = useOrganization();
  if (!may('changeOrganization')) return <Forbidden role={role} right="changeOrganization" />;
  return (
    <Page title={words.title}>
      <Record org={org} />
      <Use org={org} />
      {may('deleteOrganization') && <DangerZone />}
    </Page>
  );
}

function Record({ org }: { org: string }) {
  const query = useOrganizationRecord(org);
  return (
    <Loaded query={query}>
      {(versioned) => (
        <Section title={words.profile}>
          <Profile versioned={versioned} />
          <Facts
            facts={[
              { label: words.id, value: <CopyText value={versioned.data.uuid} label={words.id} /> },
              { label: words.created, value: <Time at={versioned.data.created_at} isExact /> },
            ]}
          />
        </Section>
      )}
    </Loaded>
  );
}

interface ProfileValues {
  name: string;
  contact_email: string;
}

const labels = { name: words.name, contact_email: words.contact };

function Profile({ versioned }: { versioned: Versioned<Organization> }) {
  const org = versioned.data.uuid;
  const query = useOrganizationRecord(org);
  return (
    <EditForm<ProfileValues, Organization>
      versioned={valuesOf(versioned)}
      labels={labels}
      send={(body, { etag }) =>
        ask(
          api.PATCH('/auth/v2/organizations/{org}/', {
            params: { path: { org }, header: { 'if-match': etag } },
            body,
          }),
        )
      }
      read={async () => valuesOf(await readAgain(query))}
      onDone={({ name }) => {
        // The header shows its name, too.
        void refreshSession();
        say(text.edit.saved(name));
        return queryClient.invalidateQueries({ queryKey: ['organization', org] });
      }}
    >
      {(values, set) => (
        <>
          <TextField
            name="name"
            label={labels.name}
            autoComplete="organization"
            value={values.name}
            onValue={(value) => {
              set('name', value);
            }}
          />
          <TextField
            name="contact_email"
            label={labels.contact_email}
            hint={words.contactHint}
            type="email"
            autoComplete="off"
            value={values.contact_email}
            onValue={(value) => {
              set('contact_email', value);
            }}
          />
        </>
      )}
    </EditForm>
  );
}

function valuesOf({ data: { name, contact_email }, etag }: Versioned<Organization>): Versioned<ProfileValues> {
  return { data: { name, contact_email }, etag };
}

function Use({ org }: { org: string }) {
  const query = useQuery({
    queryKey: ['usage', org],
    queryFn: () => ask(api.GET('/auth/v2/organizations/{org}/usage/', { params: { path: { org } } })),
  });
  return (
    <Section title={words.usage}>
      <Loaded query={query}>{(data) => <UsageChart usage={data} />}</Loaded>
    </Section>
  );
}

function DangerZone() {
  const { uuid: org } = useOrganization();
  const [, navigate] = useLocation();
  const [params] = useSearchParams();
  return (
    <div className="danger-zone">
      <Section
        title={words.danger}
        intro={words.dangerIntro}
        actions={
          <ButtonLink to={`${paths.settings(org)}?delete`} icon="trash">
            {words.delete}
          </ButtonLink>
        }
      >
        {null}
      </Section>
      {params.has('delete') && (
        <DeleteOrganization
          onClose={() => {
            navigate(paths.settings(org));
          }}
        />
      )}
    </div>
  );
}
