import { readEvents } from '../../audit.ts';
import { Events } from '../../parts/events.tsx';
import { rowsOf, ShowMore, useList } from '../../parts/list.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { useOrganization } from '../../session.tsx';
import { text } from '../../text/index.ts';
import type { TabProps } from './client-detail.tsx';

const words = text.clients.activity;

/** The audit events of one API client. */
export function ClientActivity({ client: { data } }: TabProps) {
  const { uuid: org } = useOrganization();
  const query = useList({
    queryKey: ['audit', org, 'target', data.client_id],
    read: (page) => readEvents(org, { target: data.client_id, ...page }),
  });
  return (
    <Loaded query={query}>
      {(pages) => {
        const events = rowsOf(pages);
        if (events.length === 0) {
          return (
            <Empty icon="list" title={words.empty}>
              <p>{words.emptyBody}</p>
            </Empty>
          );
        }
        return (
          <>
            <Events events={events} caption={words.title} isOfOne />
            <ShowMore query={query} shown={events.length} />
          </>
        );
      }}
    </Loaded>
  );
}
