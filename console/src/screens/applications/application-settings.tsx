import type { Application, ApplicationUpdate } from '../../../../client/schema.ts';
import { api, ask } from '../../api.ts';
import type { Versioned } from '../../parts/draft.ts';
import { EditForm } from '../../parts/edit-form.tsx';
import { Section } from '../../parts/section.tsx';
import { say } from '../../parts/status.tsx';
import { Forbidden } from '../../parts/states.tsx';
import { useOrganization } from '../../session.tsx';
import { text } from '../../text/index.ts';
import { FurtherFields, NameField } from './application-fields.tsx';
import type { ApplicationValues } from './application-fields.tsx';
import { orNull, splitLines } from './lines.ts';
import { forgetApplications } from './queries.ts';

const words = text.applications;

const labels: Record<keyof ApplicationValues, string> = {
  name: words.fields.name,
  description: words.fields.description,
  redirect_uris: words.fields.redirectUris,
  website_url: words.fields.website_url,
  terms_url: words.fields.terms_url,
  privacy_url: words.fields.privacy_url,
};

export function ApplicationSettings({ versioned }: { versioned: Versioned<Application> }) {
  const { uuid: org, role, may } = useOrganization();
  const app = versioned.data.uuid;
  if (!may('changeApplications')) return <Forbidden role={role} right="changeApplications" isPart />;
  return (
    <Section title={words.settingsTitle}>
      <EditForm<ApplicationValues, Application>
        versioned={{ data: valuesOf(versioned.data), etag: versioned.etag }}
        labels={labels}
        send={(changes, etag) =>
          ask(
            api.PATCH('/auth/v2/organizations/{org}/applications/{app}/', {
              params: { path: { org, app }, header: { 'if-match': etag } },
              body: bodyOf(changes),
            }),
          )
        }
        refresh={() => forgetApplications(org)}
        onDone={({ name }) => {
          say(text.edit.saved(name));
        }}
      >
        {(values, set) => (
          <>
            <NameField values={values} onValue={set} />
            <FurtherFields values={values} onValue={set} />
          </>
        )}
      </EditForm>
    </Section>
  );
}

function valuesOf(application: Application): ApplicationValues {
  const { name, description, redirect_uris: urls, website_url, terms_url, privacy_url } = application;
  return {
    name,
    description: description ?? '',
    redirect_uris: urls.join('\n'),
    website_url: website_url ?? '',
    terms_url: terms_url ?? '',
    privacy_url: privacy_url ?? '',
  };
}

function bodyOf({ name, redirect_uris: urls, ...rest }: Partial<ApplicationValues>): ApplicationUpdate {
  return {
    ...(name !== undefined && { name }),
    ...(urls !== undefined && { redirect_uris: splitLines(urls) }),
    ...Object.fromEntries(Object.entries(rest).map(([field, value]) => [field, orNull(value)])),
  };
}
