import t from 'tap';
import { build } from '../../support/build-app.ts';
import { countRecords, createApplication, isAccepted, makeCompany } from '../../support/company.ts';
import type { NewApplication } from '../../support/company.ts';
import { beginTransaction, waitForLockWaiters } from '../../support/database-session.ts';
import { API } from '../../support/factories.ts';
import { isProblem } from '../../support/problems.ts';

void t.test('applications under concurrent requests', async (t) => {
  const test = await build(t);
  const company = await makeCompany(test);
  const { owner, organizationId, path } = company;
  const { token } = owner;
  const makeOrganization = async (name: string) => {
    const response = await test.request('POST', `${API}/organizations/`, { token, body: { name } });
    return response.json<{ uuid: string }>().uuid;
  };

  await t.test(
    '20 applications created at once are 20 applications, each with a key of its own that works',
    async (t) => {
      const before = await countRecords(test, organizationId);
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => test.request('POST', `${path}/applications/`, { token })),
      );
      t.same(
        answers.map(({ statusCode }) => statusCode),
        answers.map(() => 201),
      );
      const made = answers.map((answer) => answer.json<NewApplication>());
      for (const member of ['uuid', 'client_id', 'api_key'] as const) {
        t.equal(new Set(made.map((application) => application[member])).size, 20, `every ${member} is another`);
      }
      t.same(
        await Promise.all(made.map(({ api_key }) => isAccepted(test, api_key))),
        made.map(() => true),
      );
      const { applications, clients, secrets } = await countRecords(test, organizationId);
      t.same([applications, clients, secrets], [before.applications + 20, before.clients + 20, before.secrets + 20]);
    },
  );

  await t.test(
    '404 for an application whose organization goes away before it is written, and no trace of it',
    async (t) => {
      const uuid = await makeOrganization('Going');
      const deletion = await beginTransaction(test);
      await deletion.query('delete from organizations where id = $1', [uuid]);
      const creation = test.request('POST', `${API}/organizations/${uuid}/applications/`, { token });
      await waitForLockWaiters(test);
      await deletion.commit();
      isProblem(t, await creation, { code: 'not_found' });
      t.same(await countRecords(test, uuid), { applications: 0, clients: 0, secrets: 0 });
    },
  );

  await t.test(
    'an organization and new applications of it: 201 or 404, and nothing outlives the deletion',
    async (t) => {
      const name = 'Contested';
      for (let round = 0; round < 4; round += 1) {
        const uuid = await makeOrganization(name);
        const url = `${API}/organizations/${uuid}`;
        const creations = Array.from({ length: 4 }, () => test.request('POST', `${url}/applications/`, { token }));
        const deletion = test.request('DELETE', url, { token, body: { confirm: name } });
        const answers = await Promise.all(creations);
        t.equal((await deletion).statusCode, 204);
        t.ok(
          answers.every(({ statusCode }) => statusCode === 201 || statusCode === 404),
          answers.map(({ statusCode }) => statusCode).join(),
        );
        t.same(await countRecords(test, uuid), { applications: 0, clients: 0, secrets: 0 });
      }
    },
  );

  await t.test('of many keys regenerated at once, exactly one works afterwards', async (t) => {
    const application = await createApplication(test, company);
    const url = `${path}/applications/${application.uuid}/regenerate-api-key/`;
    const answers = await Promise.all(Array.from({ length: 12 }, () => test.request('POST', url, { token })));
    t.same(
      answers.map(({ statusCode }) => statusCode),
      answers.map(() => 200),
    );
    const keys = answers.map((answer) => answer.json<NewApplication>().api_key);
    t.equal(new Set(keys).size, 12);
    const accepted = await Promise.all(keys.map((key) => isAccepted(test, key)));
    t.equal(accepted.filter(Boolean).length, 1);
    t.not(true, await isAccepted(test, application.api_key));
  });

  await t.test(
    'a key regenerated while its application is deleted is answered 200 or 404, and never works',
    async (t) => {
      const application = await createApplication(test, company);
      const url = `${path}/applications/${application.uuid}`;
      const regenerations = Array.from({ length: 3 }, () =>
        test.request('POST', `${url}/regenerate-api-key/`, { token }),
      );
      const deletion = test.request('DELETE', url, { token });
      const answers = await Promise.all(regenerations);
      t.equal((await deletion).statusCode, 204);
      for (const answer of answers) {
        if (answer.statusCode !== 200) isProblem(t, answer, { code: 'not_found' });
        else t.not(true, await isAccepted(test, answer.json<NewApplication>().api_key));
      }
      t.not(true, await isAccepted(test, application.api_key));
    },
  );

  await t.test('of many deletions at once, one is answered 204 and the others 404', async (t) => {
    const { uuid } = await createApplication(test, company);
    const url = `${path}/applications/${uuid}`;
    const answers = await Promise.all(Array.from({ length: 5 }, () => test.request('DELETE', url, { token })));
    t.same(answers.map(({ statusCode }) => statusCode).sort(), [204, 404, 404, 404, 404]);
  });
});
