import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import type { ApiClient } from '../../../../client/schema.ts';
import { api, ask } from '../../api.ts';
import { Badge, EnvironmentBadge } from '../../parts/badge.tsx';
import { Button, ButtonLink } from '../../parts/button.tsx';
import { CopyText } from '../../parts/copy.tsx';
import { Page } from '../../parts/page.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { Table } from '../../parts/table.tsx';
import type { Column } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { paths } from '../../paths.ts';
import { useOrganization } from '../../session.tsx';
import { text } from '../../text/index.ts';

const PAGE_ROWS = 50;
const words = text.clients;

export function ClientList() {
  const { uuid: org, may } = useOrganization();
  const query = useInfiniteQuery({
    queryKey: ['clients', org],
    queryFn: ({ pageParam }) =>
      ask(
        api.GET('/auth/v2/organizations/{org}/api-clients/', {
          params: { path: { org }, query: { limit: PAGE_ROWS, ...(pageParam !== '' && { cursor: pageParam }) } },
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (last) => last.next_cursor,
  });
  const create = may('changeClients') && (
    <ButtonLink to={`${paths.clients(org)}?create`} kind="primary" icon="plus">
      {words.create}
    </ButtonLink>
  );
  return (
    <Page title={words.title} actions={create}>
      <Loaded query={query}>
        {({ pages }) => {
          const rows = pages.flatMap(({ results }) => results);
          if (rows.length === 0) {
            return (
              <Empty icon="key" title={words.emptyTitle}>
                <p>{words.emptyBody}</p>
                {create}
              </Empty>
            );
          }
          return (
            <>
              <Table caption={words.title} columns={columnsOf(org)} rows={rows} keyOf={(row) => row.client_id} />
              {query.hasNextPage && (
                <Button
                  busy={query.isFetchingNextPage && text.list.loadingMore}
                  onClick={() => void query.fetchNextPage()}
                >
                  {text.list.more(PAGE_ROWS)}
                </Button>
              )}
            </>
          );
        }}
      </Loaded>
    </Page>
  );
}

function columnsOf(org: string): Column<ApiClient>[] {
  const names = words.columns;
  return [
    {
      key: 'name',
      header: names.name,
      cell: ({ client_id, name }) => (
        <>
          <Link to={paths.client(org, client_id)} className="cell-link" title={name}>
            {name}
          </Link>
          <CopyText value={client_id} label="client ID" />
        </>
      ),
    },
    {
      key: 'environment',
      header: names.environment,
      cell: ({ environment }) => <EnvironmentBadge environment={environment} />,
    },
    { key: 'status', header: names.status, cell: ({ status }) => <Badge>{status}</Badge> },
    {
      key: 'used',
      header: names.lastUsed,
      cell: ({ last_used_at: at }) => (at === null ? text.never : <Time at={at} />),
    },
    { key: 'created', header: names.created, cell: ({ created_at: at }) => <Time at={at} /> },
  ];
}
