import { useState } from 'react';
import { api, ask } from '../../api.ts';
import { countText, numberText } from '../../count.ts';
import { Button } from '../../parts/button.tsx';
import { Notice, ProblemNotice } from '../../parts/notice.tsx';
import { useSubmission } from '../../parts/submission.ts';
import { text } from '../../text/index.ts';
import { readLines, verifyChain } from './audit-chain.ts';
import type { ChainVerdict } from './audit-chain.ts';

const words = text.audit.chain;

/** Reads every event and computes every hash anew, in the browser. */
export function VerifyChain({ org }: { org: string }) {
  const [verdict, setVerdict] = useState<ChainVerdict | null>(null);
  const [count, setCount] = useState(0);
  const submission = useSubmission({
    send: () => verify(org, setCount),
    onDone: setVerdict,
  });
  return (
    <div className="verify-chain">
      <div className="row">
        <p className="hint grow">{words.intro}</p>
        <Button
          icon="shield"
          isSmall
          busy={submission.isBusy && words.busy(numberText(count))}
          onClick={() => {
            setVerdict(null);
            setCount(0);
            submission.submit();
          }}
        >
          {words.submit}
        </Button>
      </div>
      {submission.problem !== null && <ProblemNotice problem={submission.problem} title={words.failed} />}
      {verdict !== null && !submission.isBusy && <Verdict verdict={verdict} />}
    </div>
  );
}

async function verify(org: string, onProgress: (count: number) => void): Promise<ChainVerdict> {
  const path = { org };
  const head = await ask(api.GET('/auth/v2/organizations/{org}/audit-events/head/', { params: { path } }));
  const stream = await ask(
    api.GET('/auth/v2/organizations/{org}/audit-events/', {
      params: { path },
      headers: { accept: 'application/x-ndjson' },
      parseAs: 'stream',
    }),
  );
  if (stream === null) throw new Error(words.failed);
  return verifyChain({ organization: org, events: readLines(stream), head, onProgress });
}

function Verdict({ verdict }: { verdict: ChainVerdict }) {
  if (verdict.kind !== 'whole') {
    return (
      <Notice kind="danger" role="alert" title={words.broken}>
        <p>
          {verdict.kind === 'end' ? words.end(verdict.sequence, verdict.head) : words[verdict.kind](verdict.sequence)}
        </p>
        <p>{words.tell}</p>
      </Notice>
    );
  }
  const { count, first, last } = verdict;
  return (
    <Notice kind="good" role="status" title={words.whole}>
      <p>{words.wholeBody(countText(count, words.events), numberText(last))}</p>
      {first > 1 && <p>{words.retention(numberText(first))}</p>}
    </Notice>
  );
}
