const WIDTH = 30;

/** Shows on a terminal how far a command is; elsewhere nothing. */
export interface Progress {
  update: (done: number) => void;
  end: () => void;
}

/** One line on standard error that is written over again and again. */
export function createProgress(total: number): Progress {
  const { stderr } = process;
  if (!stderr.isTTY) return { update: () => undefined, end: () => undefined };
  const startedAt = performance.now();
  let isShown = false;
  return {
    update(done) {
      isShown = true;
      const share = total === 0 ? 1 : done / total;
      const bar = '#'.repeat(Math.floor(share * WIDTH)).padEnd(WIDTH, '.');
      const perSecond = Math.round(done / Math.max(0.001, (performance.now() - startedAt) / 1000));
      stderr.write(`\r[${bar}] ${Math.floor(share * 100)} %  ${done} of ${total}, ${perSecond}/s\u001b[K`);
    },
    end() {
      if (isShown) stderr.write('\n');
    },
  };
}
