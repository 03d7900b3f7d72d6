import { useState } from 'react';
import type { RedirectUrlVerdict } from '../../../../client/schema.ts';
import { api, ask, askWithEtag } from '../../api.ts';
import { allowLeaving, useLeaveGuard } from '../../leaving.ts';
import { Conflict } from '../../parts/conflict.tsx';
import { useDraft } from '../../parts/draft.ts';
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

function RedirectsForm({ client }: TabProps) {
  const { uuid: org } = useOrganization();
  const { client_id, allowed_redirect_urls: urls } = client.data;
  const query = useClient(org, client_id);
  const [isConflict, setConflict] = useState(false);
  const draft = useDraft({ etag: client.etag, data: { urls: urls.join('\n') } });
  useLeaveGuard(draft.isDirty ? text.leaving : null);
  const submission = useSubmission({
    send: () => {
      const entries = splitList(draft.values.urls);
      const etag = isConflict ? draft.rebase() : draft.etag;
      draft.set('urls', entries.join('\n'));
      return askWithEtag(
        api.PATCH('/auth/v2/organizations/{org}/api-clients/{client_id}/', {
          params: { path: { org, client_id }, header: { 'if-match': etag } },
          body: { allowed_redirect_urls: entries },
        }),
      );
    },
    onDone() {
      setConflict(false);
      draft.drop();
      allowLeaving();
      void refreshClients(org);
      say(text.clients.settings.saved);
    },
    onProblem({ status }) {
      if (status === 412)
        void query.refetch().then(() => {
          setConflict(true);
        });
      return status === 412;
    },
  });
  return (
    <Form submission={submission}>
      <FormProblems />
      {isConflict && (
        <Conflict
          rows={draft.differences.map(({ theirs, yours }) => ({ label: words.own, theirs, yours }))}
          onSaveMine={submission.submit}
          onTakeTheirs={() => {
            setConflict(false);
            draft.drop();
          }}
        />
      )}
      <TextAreaField
        name="allowed_redirect_urls"
        label={words.own}
        hint={text.clients.form.redirectUrlsHint}
        isCode
        rows={Math.min(12, Math.max(3, draft.values.urls.split('\n').length + 1))}
        value={draft.values.urls}
        onValue={(typed) => {
          draft.set('urls', typed);
        }}
      />
      <div className="form-actions">
        <SubmitButton busy={text.clients.settings.saving}>{words.save}</SubmitButton>
      </div>
    </Form>
  );
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
