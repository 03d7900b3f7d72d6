import type { ReactNode } from 'react';
import { useDeployment } from '../../deployment.ts';
import { Notice } from '../../parts/notice.tsx';
import { text } from '../../text/index.ts';

/** Shows its children where the browser can keep a session to itself; elsewhere nothing that opens one is offered. */
export function RequireHttps({ children }: { children: ReactNode }) {
  if (!useDeployment().needs_https) return children;
  return (
    <Notice kind="warning" title={text.entry.https.title}>
      <p>{text.entry.https.body}</p>
    </Notice>
  );
}
