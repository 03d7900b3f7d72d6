import type { ErrorInfo, ReactNode } from 'react';
import { Component } from 'react';
import { Button } from './parts/button.tsx';
import { Notice } from './parts/notice.tsx';
import { text } from './text/index.ts';

/** Shows that a part of the page failed, in its place. */
export class Failure extends Component<{ children: ReactNode }, { error: Error | null }> {
  override state = { error: null as Error | null };

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  override componentDidCatch(error: Error, { componentStack }: ErrorInfo): void {
    // For whoever looks for the cause: nothing of it holds a secret.
    // eslint-disable-next-line no-console
    console.error(error.message, componentStack);
  }

  override render() {
    const { error } = this.state;
    if (error === null) return this.props.children;
    const isOld = /dynamically imported module|preload/i.test(error.message);
    return (
      <div className="failure">
        <Notice kind="warning" role="alert" title={isOld ? text.states.updatedTitle : text.states.brokenTitle}>
          {isOld && <p>{text.states.updatedBody}</p>}
          <Button
            onClick={() => {
              location.reload();
            }}
          >
            {text.states.reload}
          </Button>
        </Notice>
      </div>
    );
  }
}
