/** What one fault did. */
export interface Figures {
  fault: string;
  requests: number;
  /** With what was asked for, or with a refusal that was right. */
  answered: number;
  unavailable: number;
  /** What an answer has taken away, and the checks of it that began after that answer. */
  ended: number;
  checkedAfter: number;
  /** The same by the code of the problem. */
  codes: Record<string, number>;
  /** Those of them that say the change may have been made. */
  unknown: number;
  /** Writes that nobody was told the outcome of, and that had been done. */
  foundDone: number;
  connectionErrors: number;
  /** Answered writes that are not there, and good secrets that are refused. */
  lost: number;
  doubled: number;
  /** Secrets that were accepted after the answer that ended them. */
  stale: number;
  /** Writes that are there in part, or in spite of an answer that says they are not. */
  half: number;
  serverErrors: number;
  /** Answers that no caller should have seen: no problem document, no `Retry-After`, another status. */
  strange: number;
  /** The longest time in which no change was answered with success. */
  silenceMs: number;
  /** The longest that an answer took. */
  slowestMs: number;
  /** From the beginning of the fault to its end. */
  lastedMs: number;
  /** From its end until the service did all it does. */
  backAfterMs: number | undefined;
  /** What was wrong, in words; the first of each kind. */
  notes: string[];
}

export function makeFigures(fault: string): Figures {
  return {
    fault,
    requests: 0,
    answered: 0,
    unavailable: 0,
    ended: 0,
    checkedAfter: 0,
    codes: {},
    unknown: 0,
    foundDone: 0,
    connectionErrors: 0,
    lost: 0,
    doubled: 0,
    stale: 0,
    half: 0,
    serverErrors: 0,
    strange: 0,
    silenceMs: 0,
    slowestMs: 0,
    lastedMs: 0,
    backAfterMs: undefined,
    notes: [],
  };
}

const NOTES_MAX = 20;

/** Counts something that must not happen, and keeps what it was. */
export function blame(
  figures: Figures,
  kind: 'lost' | 'doubled' | 'stale' | 'half' | 'serverErrors' | 'strange',
  what: string,
): void {
  figures[kind] += 1;
  if (figures.notes.length < NOTES_MAX) figures.notes.push(`${figures.fault}: ${kind}: ${what}`);
}

/** Whether all that is promised held. */
export function isSound({ lost, doubled, stale, half, serverErrors, strange, backAfterMs }: Figures): boolean {
  return lost + doubled + stale + half + serverErrors + strange === 0 && backAfterMs !== undefined;
}

type Column = readonly [title: string, read: (figures: Figures) => string | number];

const answers: readonly Column[] = [
  ['fault', ({ fault }) => fault],
  ['requests', ({ requests }) => requests],
  ['answered', ({ answered }) => answered],
  ['503', ({ unavailable }) => unavailable],
  ['of them unknown', ({ unknown }) => unknown],
  ['connection errors', ({ connectionErrors }) => connectionErrors],
];
const writes: readonly Column[] = [
  ['unanswered, found done', ({ foundDone }) => foundDone],
  ['lost', ({ lost }) => lost],
  ['doubled', ({ doubled }) => doubled],
  ['half done', ({ half }) => half],
];
const ends: readonly Column[] = [
  ['taken away', ({ ended }) => ended],
  ['checked after it', ({ checkedAfter }) => checkedAfter],
  ['good ones refused', ({ lost }) => lost],
];
const mistakes: readonly Column[] = [
  ['stale acceptances', ({ stale }) => stale],
  ['500s', ({ serverErrors }) => serverErrors],
  ['strange', ({ strange }) => strange],
];
const promoted: Column = ['promoted after', ({ lastedMs }) => toSeconds(lastedMs)];
const silence: Column = ['longest without a change', ({ silenceMs }) => toSeconds(silenceMs)];
const slowest: Column = ['slowest answer', ({ slowestMs }) => toSeconds(slowestMs)];
const back: Column = [
  'back after',
  ({ backAfterMs }) => (backAfterMs === undefined ? 'never' : toSeconds(backAfterMs)),
];

const tables = {
  server: [...answers, ...writes, ...mistakes, back],
  // Its faults last until another server is the primary, so that their duration says something.
  cluster: [...answers, ...writes, ...mistakes, promoted, silence, back],
  replicas: [...answers, ...ends, ...mistakes, slowest, silence, back],
} as const;

export function toMarkdown(all: readonly Figures[], table: keyof typeof tables): string {
  const shown: readonly Column[] = tables[table];
  const rows = [
    shown.map(([title]) => title),
    shown.map((_, at) => (at === 0 ? '---' : '---:')),
    ...all.map((figures) => shown.map(([, read]) => String(read(figures)))),
  ];
  return rows.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function toSeconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
