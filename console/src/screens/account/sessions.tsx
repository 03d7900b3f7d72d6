import { useState } from 'react';
import type { Session } from '../../../../client/schema.ts';
import { api, ask } from '../../api.ts';
import { Badge } from '../../parts/badge.tsx';
import { Button } from '../../parts/button.tsx';
import { rowsOf, ShowMore, useList } from '../../parts/list.tsx';
import { Modal, ModalActions } from '../../parts/modal.tsx';
import { ProblemNotice } from '../../parts/notice.tsx';
import { Section } from '../../parts/section.tsx';
import { Loaded } from '../../parts/states.tsx';
import { say } from '../../parts/status.tsx';
import { useSubmission } from '../../parts/submission.ts';
import { Table } from '../../parts/table.tsx';
import type { Column } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { queryClient } from '../../query-client.ts';
import { text } from '../../text/index.ts';
import { ACCOUNT } from './account-query.ts';
import { programOf } from './user-agent.ts';

const words = text.account.sessions;

/** What is to be ended: one login, or all but this one. */
type Ending = Session | 'others';

export function Sessions() {
  const [ending, setEnding] = useState<Ending | null>(null);
  const query = useList<Session>({
    queryKey: [...ACCOUNT, 'sessions'],
    read: (page) => ask(api.GET('/auth/v2/account/sessions/', { params: { query: page } })),
  });
  const hasOthers = query.data !== undefined && rowsOf(query.data).some(({ current }) => !current);
  return (
    <Section
      title={words.title}
      intro={words.intro}
      actions={
        hasOthers && (
          <Button
            onClick={() => {
              setEnding('others');
            }}
          >
            {words.endOthers}
          </Button>
        )
      }
    >
      <Loaded query={query}>
        {(pages) => {
          const rows = rowsOf(pages);
          return (
            <>
              <Table caption={words.title} columns={columnsOf(setEnding)} rows={rows} keyOf={({ uuid }) => uuid} />
              <ShowMore query={query} shown={rows.length} />
            </>
          );
        }}
      </Loaded>
      {ending !== null && (
        <EndSessions
          ending={ending}
          onClose={() => {
            setEnding(null);
          }}
        />
      )}
    </Section>
  );
}

function columnsOf(onEnd: (session: Session) => void): Column<Session>[] {
  return [
    {
      key: 'what',
      header: words.columns.what,
      isTitle: true,
      cell: (session) => (
        <span className="session" title={session.user_agent ?? undefined}>
          {nameOf(session)} {session.current && <Badge tone="good">{words.current}</Badge>}
        </span>
      ),
    },
    { key: 'seen', header: words.columns.seen, cell: ({ last_seen_at: at }) => <Time at={at} /> },
    {
      key: 'from',
      header: words.columns.from,
      cell: ({ last_seen_ip: ip }) => (ip === null ? text.none : <code>{ip}</code>),
    },
    { key: 'ends', header: words.columns.ends, cell: ({ expires_at: at }) => <Time at={at} /> },
    {
      key: 'actions',
      header: words.columns.actions,
      isHeaderHidden: true,
      align: 'end',
      cell: (session) =>
        !session.current && (
          <Button
            isSmall
            aria-label={words.endNamed(nameOf(session))}
            onClick={() => {
              onEnd(session);
            }}
          >
            {words.end}
          </Button>
        ),
    },
  ];
}

function nameOf({ kind, user_agent: agent }: Session): string {
  return `${words.kinds[kind]}, ${programOf(agent) ?? words.unknown}`;
}

function EndSessions({ ending, onClose }: { ending: Ending; onClose: () => void }) {
  const isAll = ending === 'others';
  const { isBusy, problem, submit } = useSubmission({
    send: () =>
      isAll
        ? ask(api.DELETE('/auth/v2/account/sessions/', { body: {} }))
        : ask(
            api.DELETE('/auth/v2/account/sessions/{session}/', {
              params: { path: { session: ending.uuid } },
              body: {},
            }),
          ),
    onDone: () => {
      say(isAll ? words.othersEnded : words.ended);
      void queryClient.invalidateQueries({ queryKey: ACCOUNT });
      onClose();
    },
  });
  return (
    <Modal title={isAll ? words.othersTitle : words.endTitle} onClose={onClose}>
      {problem !== null && <ProblemNotice problem={problem} />}
      <p>{isAll ? words.othersBody : words.endBody(nameOf(ending))}</p>
      <ModalActions>
        <Button kind="danger" busy={isBusy && words.endBusy} onClick={submit}>
          {isAll ? words.othersSubmit : words.endSubmit}
        </Button>
        <Button autoFocus onClick={onClose}>
          {words.keep}
        </Button>
      </ModalActions>
    </Modal>
  );
}
