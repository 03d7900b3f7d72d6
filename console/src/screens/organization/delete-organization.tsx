import { useQuery } from '@tanstack/react-query';
import { api, ask } from '../../api.ts';
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx';
import { Loaded } from '../../parts/states.tsx';
import { useOrganization } from '../../session.tsx';
import { text } from '../../text/index.ts';

const words = text.settings.deletion;
const COUNTED = 100;

type Kind = 'clients' | 'applications' | 'members';

interface Count {
  kind: Kind;
  count: number;
  isMore: boolean;
}

/** What goes along is counted up to a hundred of each kind: nobody needs to know more. */
export function DeleteOrganization({ onClose }: { onClose: () => void }) {
  const { uuid: org, name } = useOrganization();
  const query = useQuery({ queryKey: ['organization', org, 'counts'], queryFn: () => count(org), staleTime: 0 });
  return (
    <ConfirmDialog
      title={words.title(name)}
      environment="live"
      confirm={words.submit}
      busy={words.busy}
      keep={words.keep}
      name={name}
      send={(confirm) =>
        ask(api.DELETE('/auth/v2/organizations/{org}/', { params: { path: { org } }, body: { confirm } }))
      }
      onDone={() => {
        // Nothing of it may be shown any longer.
        location.assign('/console/');
      }}
      onClose={onClose}
    >
      <p>{words.body}</p>
      <Loaded query={query} skeleton={<p className="hint">{words.counting}</p>}>
        {(counts) => (
          <ul className="dot-list">
            {counts.map((found) => (
              <li key={found.kind}>{words.counts[found.kind](found.count, found.isMore)}</li>
            ))}
          </ul>
        )}
      </Loaded>
    </ConfirmDialog>
  );
}

async function count(org: string): Promise<Count[]> {
  const params = { path: { org }, query: { limit: COUNTED } };
  const found = await Promise.all([
    ask(api.GET('/auth/v2/organizations/{org}/api-clients/', { params })),
    ask(api.GET('/auth/v2/organizations/{org}/applications/', { params })),
    ask(api.GET('/auth/v2/organizations/{org}/members/', { params })),
  ]);
  const kinds: Kind[] = ['clients', 'applications', 'members'];
  return kinds.map((kind, place) => ({
    kind,
    count: found[place]?.results.length ?? 0,
    isMore: found[place]?.next_cursor !== null,
  }));
}
