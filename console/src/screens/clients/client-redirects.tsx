import { useState } from 'react';
import type { ApiClient, RedirectUrlVerdict } from '../../../../client/schema.ts';
import { api, ask } from '../../api.ts';
import { readAgain } from '../../parts/draft.ts';
import type { Versioned } from '../../parts/draft.ts';
import { EditForm } from '../../parts/edit-form.tsx';
import { TextAreaField, TextField } from '../../parts/field.tsx';
import { Form, FormProblems, SubmitButton } from '../../parts/form.tsx';
import { Notice } from '../../parts/notice.tsx';
import { Section } from '../../parts/section.tsx';
import { say } from '../../parts/status.tsx';
import { useSubmission } from '../../parts/submission.ts';
import { useOrganization } from '../../session.tsx';
import { text } from '../../text/index.ts';
import type { TabProps } from './client-detail.tsx';
import { splitList } from './client-fields.tsx';
import { refreshClients, useApplicationOf, useClient } from './client-queries.ts';

const words = text.clients.redirects;

export function ClientRedirects(props: TabProps) {
  const { uuid: org } = useOrganization();
  const application = useApplicationOf(org, props.client.data).data;
  return (
    <>
      <Section title={words.title} intro={words.intro}>
        {props.rights.mayChange ? (
          <RedirectsForm {...props} />
        ) : (
          <UrlList title={words.own} urls={props.client.data.allowed_redirect_urls} />
        )}
        {application && <UrlList title={words.inherited} urls={application.redirect_uris} />}
      </Section>
      <RedirectCheck clientId={props.client.data.client_id} />
    </>
  );
}

function UrlList({ title, urls }: { title: string; urls: readonly string[] }) {
  return (
    <div>
      <h3>{title}</h3>
      {urls.length === 0 ? (
        <p className="hint">{words.none}</p>
      ) : (
        <ul className="url-list">
          {urls.map((url) => (
            <li key={url}>
              <code>{url}</code>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

interface Values {
  /** One a line. */
  allowed_redirect_urls: string;
}

const labels: Record<keyof Values, string> = { allowed_redirect_urls: words.own };

function RedirectsForm({ client }: TabProps) {
  const { uuid: org } = useOrganization();
  const { client_id } = client.data;
  const query = useClient(org, client_id);
  return (
    <EditForm<Values, ApiClient>
      versioned={toValues(client)}
      labels={labels}
      save={words.save}
      tidy={({ allowed_redirect_urls: urls }) =>
        urls === undefined ? {} : { allowed_redirect_urls: splitList(urls).join('\n') }
      }
      send={({ allowed_redirect_urls: urls }, { etag }) =>
        ask(
          api.PATCH('/auth/v2/organizations/{org}/api-clients/{client_id}/', {
            params: { path: { org, client_id }, header: { 'if-match': etag } },
            body: urls === undefined ? {} : { allowed_redirect_urls: splitList(urls) },
          }),
        )
      }
      read={async () => toValues(await readAgain(query))}
      onDone={() => {
        say(text.clients.settings.saved);
        return refreshClients(org);
      }}
    >
      {({ allowed_redirect_urls: urls }, set) => (
        <TextAreaField
          name="allowed_redirect_urls"
          label={words.own}
          hint={text.clients.form.redirectUrlsHint}
          isCode
          rows={Math.min(12, Math.max(3, urls.split('\n').length + 1))}
          value={urls}
          onValue={(typed) => {
            set('allowed_redirect_urls', typed);
          }}
        />
      )}
    </EditForm>
  );
}

function toValues({ data, etag }: Versioned<ApiClient>): Versioned<Values> {
  return { data: { allowed_redirect_urls: data.allowed_redirect_urls.join('\n') }, etag };
}

interface Checked {
  sent: string;
  verdict: RedirectUrlVerdict;
}

function RedirectCheck({ clientId }: { clientId: string }) {
  const { uuid: org } = useOrganization();
  const [url, setUrl] = useState('');
  const [checked, setChecked] = useState<Checked | null>(null);
  const submission = useSubmission({
    check: () => (url.trim() === '' ? [{ field: 'redirect_url', detail: text.form.isMissing }] : []),
    send: async () => {
      const sent = url.trim();
      const verdict = await ask(
        api.POST('/auth/v2/organizations/{org}/api-clients/{client_id}/redirect-urls/check/', {
          params: { path: { org, client_id: clientId } },
          body: { redirect_url: sent },
        }),
      );
      return { sent, verdict };
    },
    onDone: setChecked,
  });
  return (
    <Section title={words.checkTitle}>
      <Form submission={submission}>
        <FormProblems />
        <TextField
          name="redirect_url"
          label={words.url}
          isCode
          type="url"
          autoComplete="off"
          spellCheck={false}
          value={url}
          onValue={setUrl}
        />
        <div className="form-actions">
          <SubmitButton busy={words.checking}>{words.check}</SubmitButton>
        </div>
      </Form>
      <div role="status">{checked !== null && <Verdict {...checked} />}</div>
    </Section>
  );
}

function Verdict({ sent, verdict: { allowed, nearest, difference } }: Checked) {
  if (allowed) return <Notice kind="good" title={words.allowed} />;
  if (nearest === null)
    return (
      <Notice kind="warning" title={words.refused}>
        <p>{words.noList}</p>
      </Notice>
    );
  const place = firstDifference(sent, nearest);
  return (
    <Notice kind="warning" title={words.refused}>
      <p>
        {difference === null ? '' : `${difference.charAt(0).toUpperCase()}${difference.slice(1)}. `}
        {words.differsAt(place + 1)}
      </p>
      <dl className="url-difference">
        <dt>{words.sent}</dt>
        <dd>
          <Marked value={sent} place={place} />
        </dd>
        <dt>{words.nearest}</dt>
        <dd>
          <Marked value={nearest} place={place} />
        </dd>
      </dl>
    </Notice>
  );
}

function Marked({ value, place }: { value: string; place: number }) {
  return (
    <code>
      {value.slice(0, place)}
      <mark>{value.slice(place, place + 1) || '␣'}</mark>
      {value.slice(place + 1)}
    </code>
  );
}

function firstDifference(one: string, other: string): number {
  let place = 0;
  while (place < one.length && one[place] === other[place]) place += 1;
  return place;
}
