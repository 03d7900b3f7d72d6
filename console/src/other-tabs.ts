/** What one tab of this browser tells the others: they have the same cookie. */
export type TabMessage = { kind: 'login'; user: string } | { kind: 'logout' };

const channel = new BroadcastChannel('latchkey');

export function tellTabs(message: TabMessage): void {
  channel.postMessage(message);
}

/** @returns what ends it */
export function listenToTabs(listener: (message: TabMessage) => void): () => void {
  const onMessage = ({ data }: MessageEvent<TabMessage>) => {
    listener(data);
  };
  channel.addEventListener('message', onMessage);
  return () => {
    channel.removeEventListener('message', onMessage);
  };
}
