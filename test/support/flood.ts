import type { TestApp } from './build-app.ts';

/** Stores so many clients with one secret each, none of which matches any text. One secret must be there already. */
export async function insertUnmatchableSecrets(
  test: TestApp,
  organizationId: string,
  lookupIds: string[],
): Promise<void> {
  await test.query(
    `with wanted as (
       select gen_random_uuid() as id, lookup_id from unnest($2::text[]) as lookup_id
     ), made as (
       insert into api_clients (id, client_id, organization_id, name, environment, permissions)
       select id, lookup_id, $1, 'Flood', 'live', '{api.read}' from wanted
     )
     insert into secrets (id, api_client_id, lookup_id, hash, pepper_version, hint)
     select gen_random_uuid(), wanted.id, wanted.lookup_id, model.hash, model.pepper_version, 'none'
     from wanted, (select hash, pepper_version from secrets limit 1) as model`,
    [organizationId, lookupIds],
  );
}

/** Requests that go on until they are stopped, however fast they are answered. */
export interface Flood<Answer> {
  /** Resolves with all answers, when the last one is there. */
  stop: () => Promise<Answer[]>;
}

/**
 * Sends all requests at once, and each again whose answer was worth waiting for: as many go on as the service takes at a
 * time, so that whatever the test waits for lasts until it has been seen.
 * @param isRefused of an answer after which a request is not sent again
 */
export function keepFlooding<Answer>(
  requests: readonly (() => Promise<Answer>)[],
  isRefused: (answer: Answer) => boolean,
): Flood<Answer> {
  const answers: Answer[] = [];
  let isOn = true;
  const flood = Promise.all(
    requests.map(async (send) => {
      let answer: Answer;
      do {
        answer = await send();
        answers.push(answer);
      } while (isOn && !isRefused(answer));
    }),
  );
  return {
    async stop() {
      isOn = false;
      await flood;
      return answers;
    },
  };
}
