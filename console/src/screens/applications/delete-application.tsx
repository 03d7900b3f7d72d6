import { useLocation } from 'wouter';
import type { ApiClient, Application } from '../../../../client/schema.ts';
import { api, ask } from '../../api.ts';
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx';
import { Notice } from '../../parts/notice.tsx';
import { Loaded } from '../../parts/states.tsx';
import { say } from '../../parts/status.tsx';
import { Time } from '../../parts/time.tsx';
import { paths } from '../../paths.ts';
import { queryClient } from '../../query-client.ts';
import { useOrganization } from '../../session.tsx';
import { text } from '../../text/index.ts';
import { forgetApplications, useClientsAlong } from './queries.ts';

const words = text.applications.deletion;
const LISTED = 5;
const LATELY_MS = 7 * 86_400_000;

/** Says how many API clients go along, and asks for the name. */
export function DeleteApplication({ application, onClose }: { application: Application; onClose: () => void }) {
  const { uuid: org } = useOrganization();
  const { uuid: app, name } = application;
  const [, navigate] = useLocation();
  const query = useClientsAlong(org, app);
  return (
    <ConfirmDialog
      title={words.title(name)}
      environment="live"
      confirm={words.submit}
      busy={words.busy}
      keep={words.keep}
      name={name}
      send={() =>
        ask(api.DELETE('/auth/v2/organizations/{org}/applications/{app}/', { params: { path: { org, app } } }))
      }
      onDone={() => {
        navigate(paths.applications(org), { replace: true });
        queryClient.removeQueries({ queryKey: ['applications', org, app] });
        void forgetApplications(org);
        say(words.done(name));
      }}
      onClose={onClose}
    >
      <Loaded query={query} skeleton={<p className="hint">{words.counting}</p>}>
        {({ results, next_cursor: next }) => <Along clients={results} isMore={next !== null} />}
      </Loaded>
    </ConfirmDialog>
  );
}

function Along({ clients, isMore }: { clients: ApiClient[]; isMore: boolean }) {
  const used = clients.flatMap(({ last_used_at: at }) => at ?? []).toSorted();
  const last = used.at(-1);
  return (
    <>
      <p>
        {isMore ? words.alongMany(clients.length) : words.along(clients.length)} {words.body}
      </p>
      <ul className="dot-list">
        {clients.slice(0, LISTED).map(({ client_id, name }) => (
          <li key={client_id} className="break">
            {name}
          </li>
        ))}
        {clients.length > LISTED && <li className="hint">{words.others(clients.length - LISTED)}</li>}
      </ul>
      {last !== undefined && isLately(last) && (
        <Notice kind="warning" title={words.usedTitle}>
          <p>
            {words.used} <Time at={last} isExact />
          </p>
        </Notice>
      )}
    </>
  );
}

function isLately(at: string): boolean {
  return Date.now() - Date.parse(at) < LATELY_MS;
}
