import { clock, dateText, exactText, relativeText } from '../format.ts';
import { useNow } from '../now.ts';
import { useStore } from '../store.ts';

interface TimeProps {
  /** RFC 3339. */
  at: string;
  /** Always the exact moment, as for ends and audit events. Else relative under 30 days, then the date. */
  isExact?: boolean;
  /** The date alone, for a column of ends. */
  isDate?: boolean;
}

/** A moment. The exact one, in local time and UTC, is in its title, and shown on focus. */
export function Time({ at, isExact = false, isDate = false }: TimeProps) {
  useStore(clock);
  const now = useNow();
  const moment = new Date(at);
  const exact = exactText(moment);
  if (isExact) return <time dateTime={at}>{exact}</time>;
  return (
    <time dateTime={at} className="time-short" title={exact} data-exact={exact} tabIndex={0}>
      {(isDate ? null : relativeText(moment, now)) ?? dateText(moment)}
      <span className="visually-hidden">, {exact}</span>
    </time>
  );
}
