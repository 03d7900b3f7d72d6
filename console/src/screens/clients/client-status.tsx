import type { ApiClient } from '../../../../client/schema.ts';
import { relativeText } from '../../format.ts';
import { useNow } from '../../now.ts';
import { Badge } from '../../parts/badge.tsx';
import { text } from '../../text/index.ts';
import { EXPIRING_DAYS, UNUSED_DAYS } from './client-filters.ts';

const DAY_MS = 86_400_000;
const words = text.clients.badges;

type Told = Pick<ApiClient, 'status' | 'expires_at' | 'last_used_at'>;

interface StatusProps {
  client: Told;
  /** Whether an old secret works beside the new one; until when, where that is known. */
  retiring?: string | boolean | undefined;
}

/** What is to be known of a client, in words. */
export function ClientStatus({ client, retiring = false }: StatusProps) {
  const { status, expires_at: end, last_used_at: used } = client;
  const now = useNow();
  const leftMs = end === null ? Infinity : Date.parse(end) - now;
  const isUnused = used !== null && now - Date.parse(used) > UNUSED_DAYS * DAY_MS;
  const isSoon = end !== null && leftMs > 0 && leftMs <= EXPIRING_DAYS * DAY_MS;
  const isWell = status === 'active' && leftMs > 0 && !isSoon && !isUnused && retiring === false;
  return (
    <span className="badges">
      {status === 'paused' && (
        <Badge tone="warning" icon="pause">
          {words.paused}
        </Badge>
      )}
      {leftMs <= 0 && (
        <Badge tone="danger" icon="error">
          {words.expired}
        </Badge>
      )}
      {isWell && (
        <Badge tone="good" icon="check">
          {words.active}
        </Badge>
      )}
      {isSoon && (
        <Badge tone="warning" icon="clock">
          {words.expires(relativeText(new Date(end), now) ?? '')}
        </Badge>
      )}
      {isUnused && <Badge icon="clock">{words.unused(UNUSED_DAYS)}</Badge>}
      {retiring !== false && (
        <Badge tone="warning" icon="key">
          {typeof retiring === 'string'
            ? words.retiringUntil(relativeText(new Date(retiring), now) ?? '')
            : words.retiring}
        </Badge>
      )}
    </span>
  );
}
