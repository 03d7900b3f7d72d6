import { Type } from 'typebox';
import type { Static } from 'typebox';
import { USAGE_DAYS_MAX } from './usage-repository.ts';

const Day = Type.String({ format: 'date', maxLength: 10, description: 'A day, UTC.' });

export const UsageQuery = Type.Object(
  {
    days: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: USAGE_DAYS_MAX,
        default: 30,
        description: 'How many days, with today; older ones than those are not kept.',
      }),
    ),
  },
  { additionalProperties: false },
);

export const UsageRecord = Type.Object(
  {
    since: Type.Unsafe<string>({ ...Day, description: 'The first of the days that were asked for, UTC.' }),
    results: Type.Array(
      Type.Object({
        day: Day,
        accepted: Type.Integer({ minimum: 0 }),
        refused: Type.Integer({
          minimum: 0,
          description:
            'A known client that was paused, expired or at another address, had a wrong secret or lacked what was asked for.',
        }),
      }),
      { maxItems: USAGE_DAYS_MAX, description: 'The days with a check, the oldest first.' },
    ),
  },
  {
    $id: 'Usage',
    description: 'Checks of credentials a day, written every ten seconds: about right.',
    examples: [{ since: '2026-01-02', results: [{ day: '2026-01-31', accepted: 48_211, refused: 3 }] }],
  },
);
export type UsageRecord = Static<typeof UsageRecord>;
