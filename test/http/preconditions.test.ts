import t from 'tap';
import { build } from '../support/build-app.ts';
import { createApplication, makeCompany } from '../support/company.ts';
import { createClient } from '../support/factories.ts';
import { isProblem } from '../support/problems.ts';

void t.test('If-Match', async (t) => {
  const test = await build(t);
  const company = await makeCompany(test);
  const { owner, path } = company;
  const { token } = owner;
  const { uuid } = await createApplication(test, company);
  const client = await createClient(test, owner);
  const records = {
    organization: `${path}/`,
    application: `${path}/applications/${uuid}/`,
    'API client': `${path}/api-clients/${client.client_id}/`,
  };
  const patch = (url: string, ifMatch?: string) =>
    test.request('PATCH', url, { token, body: {}, headers: ifMatch === undefined ? {} : { 'if-match': ifMatch } });
  const versionOf = async (url: string) => {
    const tag = String((await test.request('GET', url, { token })).headers.etag);
    return Number(/^"(\d+)"$/.exec(tag)?.[1]);
  };

  for (const [name, url] of Object.entries(records)) {
    await t.test(
      `${name}: every change gives a new entity tag, the same in the answer and in the next read`,
      async (t) => {
        const before = await versionOf(url);
        const response = await patch(url);
        t.equal(response.headers.etag, `"${before + 1}"`);
        t.equal(await versionOf(url), before + 1);
      },
    );

    await t.test(
      `${name}: 200 without a condition, for any version, and for a list with the current one`,
      async (t) => {
        t.equal((await patch(url)).statusCode, 200);
        for (const any of ['*', ' * ']) t.equal((await patch(url, any)).statusCode, 200);
        for (const listOf of [
          (v: number) => `"${v}"`,
          (v: number) => `"${v - 1}", "${v}", "${v + 1}"`,
          (v: number) => `"x","${v}"`,
          (v: number) => `W/"1" ,, "${v}"`,
        ]) {
          const tag = listOf(await versionOf(url));
          t.equal((await patch(url, tag)).statusCode, 200, tag);
        }
      },
    );

    await t.test(
      `${name}: 400 for a condition of more than 1,000 characters, which is named in the detail`,
      async (t) => {
        for (const response of [await patch(url, `"${'1'.repeat(999)}"`), await patch(url, ' '.repeat(1001) + '"1"')]) {
          isProblem(t, response, { code: 'invalid_request' });
          t.match(response.json(), { detail: /^The header if-match must have at most 1000 characters\.$/ });
          t.notOk('errors' in response.json<object>());
        }
      },
    );

    await t.test(`${name}: 200 for the current tag as compressing proxies make it`, async (t) => {
      for (const make of [
        (v: number) => `W/"${v}"`,
        (v: number) => `"${v}-gzip"`,
        (v: number) => `"${v};gzip"`,
        (v: number) => `"${v}-br"`,
        (v: number) => `"${v}--zstd"`,
        (v: number) => `W/"${v}-gzip"`,
        (v: number) => `"x", W/"${v}"`,
      ]) {
        const tag = make(await versionOf(url));
        t.equal((await patch(url, tag)).statusCode, 200, tag);
      }
    });

    await t.test(`${name}: 412 for a tag that is not the current one, and nothing changes`, async (t) => {
      const v = await versionOf(url);
      const passed = [`"${v - 1}"`, `"${v + 1}"`, `"${v - 1}", "${v - 2}"`];
      const alike = [`${v}`, `"0${v}"`, `"${v}.0"`, `"+${v}"`, `" ${v}"`, `'${v}'`, `w/"${v}"`, `"${v}""`, `"${v}-"`];
      alike.push(`"${v}-1"`, `"${v} gzip"`, `"${v}gzip"`, `"-gzip"`, `"${v + 1}-gzip"`, `W/"${v + 1}"`, `W/${v}`);
      const garbage = ['', '"', '""', '"*"', 'null', '"-1"', '"1e3"', '"0"', '"9999999999"', '"1" or true'];
      for (const tag of [...passed, ...alike, ...garbage]) {
        isProblem(t, await patch(url, tag), { code: 'precondition_failed', message: tag });
      }
      t.equal(await versionOf(url), v);
    });
  }

  await t.test('404 comes before the condition where there is no record', async (t) => {
    const missing = `${path}/applications/0199a000-0000-7000-8000-000000000000/`;
    for (const tag of ['*', '"1"']) isProblem(t, await patch(missing, tag), { code: 'not_found' });
    isProblem(t, await test.request('DELETE', missing, { token, headers: { 'if-match': '"1"' } }), {
      code: 'not_found',
    });
  });
});
