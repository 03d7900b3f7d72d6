import type { ApiClient } from '../../../../client/schema.ts';
import { api, ask } from '../../api.ts';
import { Button } from '../../parts/button.tsx';
import { Form, FormProblems, SubmitButton } from '../../parts/form.tsx';
import { Modal, ModalActions } from '../../parts/modal.tsx';
import { say } from '../../parts/status.tsx';
import { useSubmission } from '../../parts/submission.ts';
import { useOrganization } from '../../session.tsx';
import { text } from '../../text/index.ts';
import { refreshClients } from './client-queries.ts';
import { ClientInDialog } from './client-in-dialog.tsx';

const words = text.clients.pause;

export function PauseClient({ client, onClose }: { client: ApiClient; onClose: () => void }) {
  const { uuid: org } = useOrganization();
  const submission = useSubmission({
    send: () =>
      ask(
        api.PATCH('/auth/v2/organizations/{org}/api-clients/{client_id}/', {
          params: { path: { org, client_id: client.client_id } },
          body: { status: 'paused' },
        }),
      ),
    onDone() {
      onClose();
      void refreshClients(org);
      say(words.done(client.name));
    },
  });
  return (
    <Modal title={words.title(client.name)} environment={client.environment} onClose={onClose}>
      <Form submission={submission}>
        <FormProblems />
        <ClientInDialog client={client} />
        <p>{words.body}</p>
        <ModalActions>
          <SubmitButton busy={words.busy}>{words.submit}</SubmitButton>
          <Button autoFocus onClick={onClose}>
            {words.keep}
          </Button>
        </ModalActions>
      </Form>
    </Modal>
  );
}
