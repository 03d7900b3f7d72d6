import { useState } from 'react';
import { useLocation } from 'wouter';
import { api, ask } from '../../api.ts';
import { allowLeaving, useLeaveGuard } from '../../leaving.ts';
import { TextField } from '../../parts/field.tsx';
import { Form, FormProblems, SubmitButton } from '../../parts/form.tsx';
import { Page } from '../../parts/page.tsx';
import { say } from '../../parts/status.tsx';
import { useRepeatable, useSubmission } from '../../parts/submission.ts';
import { paths } from '../../paths.ts';
import { refreshSession, useSession } from '../../session.tsx';
import { text } from '../../text/index.ts';

const words = text.newOrganization;

export function CreateOrganization() {
  const { user } = useSession();
  const [, navigate] = useLocation();
  const [name, setName] = useState('');
  const [contact, setContact] = useState('');
  const sendOnce = useRepeatable(toBody);
  useLeaveGuard(name !== '' || contact !== '' ? text.leaving : null);
  const submission = useSubmission({
    check: () => (name.trim() === '' ? [{ field: 'name', detail: text.form.isMissing }] : []),
    send: () =>
      sendOnce({ name, contact }, ({ body, header }) =>
        ask(api.POST('/auth/v2/organizations/', { params: { header }, body })),
      ),
    onDone: (organization) => {
      void refreshSession().then(() => {
        allowLeaving();
        navigate(paths.clients(organization.uuid));
        say(words.done(organization.name));
      });
    },
  });
  return (
    <Page title={words.title} intro={words.intro}>
      <div className="surface">
        <Form submission={submission}>
          <FormProblems />
          <TextField
            name="name"
            label={words.name}
            hint={words.nameHint}
            autoComplete="organization"
            value={name}
            onValue={setName}
          />
          <TextField
            name="contact_email"
            label={words.contact}
            hint={words.contactHint(user.email)}
            isOptional
            type="email"
            autoComplete="off"
            value={contact}
            onValue={setContact}
          />
          <div className="form-actions">
            <SubmitButton busy={words.busy}>{words.submit}</SubmitButton>
          </div>
        </Form>
      </div>
    </Page>
  );
}

function toBody({ name, contact }: { name: string; contact: string }) {
  const email = contact.trim();
  return { name: name.trim(), ...(email !== '' && { contact_email: email }) };
}
