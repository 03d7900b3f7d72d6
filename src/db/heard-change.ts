/** What a transaction was told at its commit: that there are processes which read from a replica (ADR 25). */
export interface HeardChange {
  /** Its own in the log of changes. */
  number: number;
  /** The longest of any of them, in milliseconds. */
  leaseMs: number;
}

/** What the trigger that numbers changes (migrations/0029) says it with. */
export const READERS_EXIST = 'LK002';

/** The results of statements that committed a change, for as long as somebody holds them. */
const heard = new WeakMap<object, HeardChange>();

/** The change that a statement committed for which readers are to be waited. */
export function heardWith(result: object): HeardChange | undefined {
  return heard.get(result);
}

/** Notes it for the result of a statement that is under way, before its callback has it. */
export function noteHeard(query: { callback?: Callback }, detail: string | undefined): void {
  const { callback } = query;
  const [number, leaseMs] = detail?.match(/\d+/g)?.map(Number) ?? [];
  if (callback === undefined || number === undefined || leaseMs === undefined) return;
  query.callback = (err, result) => {
    if (typeof result === 'object') heard.set(result, { number, leaseMs });
    callback(err, result);
  };
}

type Callback = (err: unknown, result?: object) => void;
