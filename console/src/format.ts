import { createKeptStore } from './store.ts';
import { text } from './text/index.ts';

/** In which zone moments are shown; the other one stands beside. */
export const clock = createKeptStore<'local' | 'utc'>('clock', ['local', 'utc']);

const LANGUAGE = 'en';
const DAY_MS = 86_400_000;

const relative = new Intl.RelativeTimeFormat(LANGUAGE, { numeric: 'auto', style: 'short' });
const steps: [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', DAY_MS],
  ['hour', 3_600_000],
  ['minute', 60_000],
];

/** “3 hours ago”; null beyond 30 days, where a date says more. */
export function relativeText(moment: Date, now: number): string | null {
  const passedMs = moment.getTime() - now;
  if (Math.abs(passedMs) >= 30 * DAY_MS) return null;
  const [unit, ms] = steps.find(([, stepMs]) => Math.abs(passedMs) >= stepMs) ?? ['second', 1_000];
  if (unit === 'second') return passedMs > 0 ? text.time.soon : text.time.justNow;
  return relative.format(Math.trunc(passedMs / ms), unit);
}

/** “25 Nov 2026”. */
export function dateText(moment: Date): string {
  const timeZone = clock.get() === 'utc' ? 'UTC' : undefined;
  return new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', ...(timeZone && { timeZone }) }).format(moment);
}

/** “25 Nov 2026, 20:14 CET (19:14 UTC)”, with the date of the second where it is another. */
export function exactText(moment: Date): string {
  const here = partsIn(moment, undefined);
  const utc = partsIn(moment, 'UTC');
  const [first, second] = clock.get() === 'utc' ? [utc, here] : [here, utc];
  const start = `${first.date}, ${first.time} ${first.zone}`;
  if (first.zone === second.zone) return start;
  return `${start} (${first.date === second.date ? '' : `${second.date}, `}${second.time} ${second.zone})`;
}

/** As `<input type=datetime-local>` has a moment: where the person is, without seconds. */
export function toLocalInput(moment: Date): string {
  return new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

interface Parts {
  date: string;
  time: string;
  zone: string;
}

function partsIn(moment: Date, timeZone: string | undefined): Parts {
  const options = { ...(timeZone !== undefined && { timeZone }) };
  const date = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', ...options }).format(moment);
  const time = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', ...options }).format(moment);
  const named = new Intl.DateTimeFormat('en-GB', { timeZoneName: 'short', ...options }).formatToParts(moment);
  return { date, time, zone: named.find(({ type }) => type === 'timeZoneName')?.value ?? 'UTC' };
}
