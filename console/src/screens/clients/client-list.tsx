import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useEffect, useMemo, useState } from 'react';
import type { ApiClient } from '../../../../client/schema.ts';
import { chunk } from '../../chunks.ts';
import { api, ask } from '../../api.ts';
import { ButtonLink, Button } from '../../parts/button.tsx';
import { rowsOf, ShowMore, useList } from '../../parts/list.tsx';
import type { ListQuery } from '../../parts/list.tsx';
import { Page } from '../../parts/page.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { say } from '../../parts/status.tsx';
import { Table } from '../../parts/table.tsx';
import { useOrganization } from '../../session.tsx';
import { useShortcut } from '../../shortcuts.tsx';
import { text } from '../../text/index.ts';
import { useUrl } from '../../url.ts';
import { BulkBar, useSelection } from './bulk.tsx';
import { clientColumns } from './client-columns.tsx';
import { filterNames, readFilters, toQuery } from './client-filters.ts';
import type { Filters } from './client-filters.ts';
import { refreshClients } from './client-queries.ts';
import { FilterBar } from './filter-bar.tsx';

const words = text.clients;
// With the secret's step and all its fields: the list does not wait for it.
const CreateClient = lazy(chunk(() => import('./create-client.tsx')));
const clearFilters = Object.fromEntries(filterNames.map((name) => [name, null]));

export function ClientList() {
  const { uuid: org, may } = useOrganization();
  const url = useUrl();
  const filters = readFilters(url.params);
  const query = useClients(org, filters);
  const mayChange = may('changeClients');
  const [made, setMade] = useState<string | null>(null);
  const create = mayChange && (
    <ButtonLink to={url.to({ create: '' })} kind="primary" icon="plus">
      {words.create}
    </ButtonLink>
  );
  const isNarrowed = Object.keys(filters).length > 0;
  useShortcut(
    'c',
    mayChange
      ? () => {
          url.set({ create: '' }, 'push');
        }
      : null,
  );
  return (
    <Page title={words.title} actions={create}>
      <FilterBar
        org={org}
        filters={filters}
        onChange={(changes) => {
          url.set(changes);
        }}
      />
      <Loaded query={query}>
        {(data) => {
          const rows = rowsOf(data);
          if (rows.length > 0) return <ClientTable {...{ org, query, rows, made, mayChange }} />;
          if (!isNarrowed) {
            return (
              <Empty icon="key" title={words.emptyTitle}>
                <p>{words.emptyBody}</p>
                {create}
              </Empty>
            );
          }
          return (
            <Empty icon="search" title={words.noMatch}>
              <Button
                onClick={() => {
                  url.set(clearFilters);
                }}
              >
                {words.filters.clear}
              </Button>
            </Empty>
          );
        }}
      </Loaded>
      {url.params.has('create') && mayChange && (
        <Suspense fallback={null}>
          <CreateClient
            onClose={() => {
              url.set({ create: null });
            }}
            onMade={(client) => {
              url.set({ create: null, ...(isNarrowed && clearFilters) });
              setMade(client.client_id);
              void refreshClients(org);
              say(isNarrowed ? words.madeAndCleared(client.name) : words.made(client.name));
            }}
          />
        </Suspense>
      )}
    </Page>
  );
}

interface ClientTableProps {
  org: string;
  query: ListQuery<ApiClient>;
  rows: ApiClient[];
  made: string | null;
  mayChange: boolean;
}

function ClientTable({ org, query, rows, made, mayChange }: ClientTableProps) {
  const retiring = useRetiring(org);
  const selection = useSelection(rows);
  const columns = useMemo(() => clientColumns(org, retiring), [org, retiring]);
  const isThere = made !== null && rows.some(({ client_id }) => client_id === made);
  useEffect(() => {
    if (isThere) document.querySelector<HTMLElement>('.is-marked a')?.focus();
  }, [isThere]);
  return (
    <>
      {mayChange && <BulkBar org={org} selection={selection} />}
      <Table
        caption={words.title}
        columns={mayChange ? [selection.column, ...columns] : columns}
        rows={rows}
        keyOf={({ client_id }) => client_id}
        markedKey={made}
        isRefreshing={query.isRefetching}
      />
      <ShowMore query={query} shown={rows.length} />
    </>
  );
}

function useClients(org: string, filters: Filters): ListQuery<ApiClient> {
  return useList({
    queryKey: ['clients', org, 'list', filters],
    read: (page) =>
      ask(
        api.GET('/auth/v2/organizations/{org}/api-clients/', {
          params: { path: { org }, query: { ...toQuery(filters), ...page } },
        }),
      ),
  });
}

/** Which clients have an old secret that still works: a list does not say it of each. */
function useRetiring(org: string): ReadonlySet<string> {
  const { data } = useQuery({
    queryKey: ['clients', org, 'retiring'],
    queryFn: () =>
      ask(
        api.GET('/auth/v2/organizations/{org}/api-clients/', {
          params: { path: { org }, query: { has_retiring_secret: true, limit: 100 } },
        }),
      ),
  });
  return useMemo(() => new Set(data?.results.map(({ client_id }) => client_id)), [data]);
}
