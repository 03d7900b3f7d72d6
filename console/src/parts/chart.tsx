import type { Usage } from '../../../client/schema.ts';
import { countText, numberText } from '../count.ts';
import { text } from '../text/index.ts';
import { Table } from './table.tsx';

export interface Day {
  day: string;
  accepted: number;
  refused: number;
}

const words = text.chart;
const DAY_MS = 86_400_000;
const HEIGHT = 96;
const STEP = 10;
const BAR = 7;

/** Every day from the first that was asked for to today (UTC): those without a check, too. */
export function daysOf({ since, results }: Usage, now = Date.now()): Day[] {
  const found = new Map(results.map((day) => [day.day, day]));
  const days: Day[] = [];
  for (let at = Date.parse(since); at <= now; at += DAY_MS) {
    const day = new Date(at).toISOString().slice(0, 10);
    days.push(found.get(day) ?? { day, accepted: 0, refused: 0 });
  }
  return days;
}

/** Checks a day as bars, accepted below and refused above, with the same numbers as a table. */
export function UsageChart({ usage }: { usage: Usage }) {
  const days = daysOf(usage);
  const accepted = sum(days, 'accepted');
  const refused = sum(days, 'refused');
  const isEmpty = accepted + refused === 0;
  const max = Math.max(1, ...days.map((day) => day.accepted + day.refused));
  return (
    <figure className="chart">
      <figcaption>
        <span className="chart-key chart-accepted">
          {words.about} {countText(accepted, words.accepted)}
        </span>
        <span className="chart-key chart-refused">{countText(refused, words.refused)}</span>
        <span className="hint">{words.utc}</span>
      </figcaption>
      <div className="chart-plot">
        <span className={isEmpty ? 'chart-empty' : 'chart-max'}>{isEmpty ? words.empty : numberText(max)}</span>
        <svg
          viewBox={`0 0 ${days.length * STEP} ${HEIGHT}`}
          preserveAspectRatio="none"
          role="img"
          aria-label={words.label(days.length)}
        >
          {days.map((day, place) => (
            <Bar key={day.day} day={day} place={place} max={max} />
          ))}
        </svg>
      </div>
      <p className="chart-axis" aria-hidden="true">
        <span>{dayText(days[0])}</span>
        <span>{dayText(days.at(-1))}</span>
      </p>
      <details>
        <summary>{words.table}</summary>
        <Table
          caption={words.table}
          keyOf={({ day }) => day}
          rows={days.toReversed()}
          columns={[
            { key: 'day', header: words.day, cell: ({ day }) => day },
            { key: 'accepted', header: words.columnAccepted, align: 'end', cell: (row) => numberText(row.accepted) },
            { key: 'refused', header: words.columnRefused, align: 'end', cell: (row) => numberText(row.refused) },
          ]}
        />
      </details>
    </figure>
  );
}

function Bar({ day, place, max }: { day: Day; place: number; max: number }) {
  const low = heightOf(day.accepted, max);
  const high = heightOf(day.refused, max);
  const x = place * STEP + (STEP - BAR) / 2;
  return (
    <g>
      <title>{words.bar(day.day, numberText(day.accepted), numberText(day.refused))}</title>
      <rect className="bar-room" x={place * STEP} y={0} width={STEP} height={HEIGHT} />
      <rect className="bar-accepted" x={x} y={HEIGHT - low} width={BAR} height={low} />
      <rect className="bar-refused" x={x} y={HEIGHT - low - high} width={BAR} height={high} />
    </g>
  );
}

/** “28 Oct”. */
function dayText(day: Day | undefined): string {
  if (day === undefined) return '';
  const options = { day: 'numeric', month: 'short', timeZone: 'UTC' } as const;
  return new Intl.DateTimeFormat('en-GB', options).format(new Date(day.day));
}

/** A single check among thousands is still seen. */
function heightOf(count: number, max: number): number {
  return count === 0 ? 0 : Math.max(2, (count / max) * (HEIGHT - 2));
}

function sum(days: readonly Day[], field: 'accepted' | 'refused'): number {
  return days.reduce((total, day) => total + day[field], 0);
}
