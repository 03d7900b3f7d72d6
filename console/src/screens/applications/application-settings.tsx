import type { Application, ApplicationUpdate } from '../../../../client/schema.ts';
import { api, ask } from '../../api.ts';
import { readAgain } from '../../parts/draft.ts';
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
import { forgetApplications, useApplication } from './queries.ts';

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
  const query = useApplication(org, app);
  if (!may('changeApplications')) return <Forbidden role={role} right="changeApplications" isPart />;
  return (
    <Section title={words.settingsTitle}>
      <EditForm<ApplicationValues, Application>
        versioned={valuesOf(versioned)}
        labels={labels}
        tidy={tidy}
        send={(changes, { etag }) =>
          ask(
            api.PATCH('/auth/v2/organizations/{org}/applications/{app}/', {
              params: { path: { org, app }, header: { 'if-match': etag } },
              body: bodyOf(changes),
            }),
          )
        }
        read={async () => valuesOf(await readAgain(query))}
        onDone={({ name }) => {
          say(text.edit.saved(name));
          return forgetApplications(org);
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

function valuesOf({ data, etag }: Versioned<Application>): Versioned<ApplicationValues> {
  const { name, description, redirect_uris: urls, website_url, terms_url, privacy_url } = data;
  const values = {
    name,
    description: description ?? '',
    redirect_uris: urls.join('\n'),
    website_url: website_url ?? '',
    terms_url: terms_url ?? '',
    privacy_url: privacy_url ?? '',
  };
  return { data: values, etag };
}

function tidy({ redirect_uris: urls, ...rest }: Partial<ApplicationValues>): Partial<ApplicationValues> {
  return { ...rest, ...(urls !== undefined && { redirect_uris: splitLines(urls).join('\n') }) };
}

function bodyOf({ name, redirect_uris: urls, ...rest }: Partial<ApplicationValues>): ApplicationUpdate {
  return {
    ...(name !== undefined && { name }),
    ...(urls !== undefined && { redirect_uris: splitLines(urls) }),
    ...Object.fromEntries(Object.entries(rest).map(([field, value]) => [field, orNull(value)])),
  };
}
