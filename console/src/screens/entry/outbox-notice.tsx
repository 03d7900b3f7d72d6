import { useDeployment } from '../../deployment.ts';
import { Notice } from '../../parts/notice.tsx';
import { text } from '../../text/index.ts';

/** Where a mailed code is, on a deployment that sends no mail. */
export function OutboxNotice() {
  const { outbox } = useDeployment();
  if (outbox === null) return null;
  return (
    <Notice title={text.entry.outbox.title}>
      <p>
        {text.entry.outbox.body} <code className="break">{outbox}</code>.
      </p>
    </Notice>
  );
}
