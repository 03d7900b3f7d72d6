import { useState } from 'react';
import { Link, useLocation, useSearchParams } from 'wouter';
import type { Application } from '../../../../client/schema.ts';
import { ButtonLink } from '../../parts/button.tsx';
import { CopyText } from '../../parts/copy.tsx';
import { rowsOf, ShowMore } from '../../parts/list.tsx';
import { Page } from '../../parts/page.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { Table } from '../../parts/table.tsx';
import type { Column } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { paths } from '../../paths.ts';
import { useOrganization } from '../../session.tsx';
import { text } from '../../text/index.ts';
import { CreateApplication } from './create-application.tsx';
import { useApplications } from './queries.ts';

const words = text.applications;

export function ApplicationList() {
  const { uuid: org, may } = useOrganization();
  const query = useApplications(org);
  const [, navigate] = useLocation();
  const [params] = useSearchParams();
  const [made, setMade] = useState<string | null>(null);
  const mayCreate = may('changeApplications');
  const create = mayCreate && (
    <ButtonLink to={`${paths.applications(org)}?create`} kind="primary" icon="plus">
      {words.create}
    </ButtonLink>
  );
  return (
    <Page title={words.title} intro={words.intro} actions={create}>
      <Loaded query={query}>
        {(data) => {
          const rows = rowsOf(data);
          if (rows.length === 0) {
            return (
              <Empty icon="app" title={words.emptyTitle}>
                <p>{words.emptyBody}</p>
                {create}
              </Empty>
            );
          }
          return (
            <>
              <Table
                caption={words.title}
                columns={columnsOf(org)}
                rows={rows}
                keyOf={({ uuid }) => uuid}
                markedKey={made}
              />
              <ShowMore query={query} shown={rows.length} />
            </>
          );
        }}
      </Loaded>
      {mayCreate && params.has('create') && (
        <CreateApplication
          onMade={setMade}
          onClose={() => {
            navigate(paths.applications(org));
          }}
        />
      )}
    </Page>
  );
}

function columnsOf(org: string): Column<Application>[] {
  const names = words.columns;
  return [
    {
      key: 'name',
      header: names.name,
      cell: ({ uuid, name }) => (
        <Link to={paths.application(org, uuid)} className="cell-link" title={name}>
          {name}
        </Link>
      ),
    },
    {
      key: 'client',
      header: names.client,
      cell: ({ client_id }) => <CopyText value={client_id} label={text.clientId} />,
    },
    {
      key: 'key',
      header: names.key,
      cell: ({ api_key_hint: hint }) => (hint === null ? text.none : <code>…{hint}</code>),
    },
    {
      key: 'urls',
      header: names.urls,
      align: 'end',
      cell: ({ redirect_uris: urls }) => urls.length,
    },
    { key: 'created', header: names.created, align: 'end', cell: ({ created_at: at }) => <Time at={at} /> },
  ];
}
