import { randomUUID } from 'node:crypto';
import type { HTTPMethods } from 'fastify';
import t from 'tap';
import { build } from '../support/build-app.ts';
import { API } from '../support/factories.ts';
import { isProblem } from '../support/problems.ts';

const methods: HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'];

void t.test('methods and paths that are not there', async (t) => {
  const test = await build(t);
  const urls = [...new Set(test.app.routeTable.map(({ url }) => url))].filter((url) => !url.includes('*'));
  const fill = (url: string) => url.replaceAll(/:\w+/g, () => randomUUID());

  await t.test('405 with the methods that are, on every path, with and without the trailing slash', async (t) => {
    t.ok(urls.length > 25, 'the routes were found');
    for (const url of urls) {
      const entries = test.app.routeTable.filter((entry) => entry.url === url);
      const allowed = [...new Set(entries.map(({ method }) => method))].sort();
      t.same(allowed.includes('HEAD'), allowed.includes('GET'), `${url}: HEAD where GET is`);
      for (const method of methods.filter((name) => !allowed.includes(name))) {
        for (const address of new Set([fill(url), fill(url).replace(/\/$/, '')])) {
          const response = await test.request(method, address);
          t.equal(response.statusCode, 405, `${method} ${address}`);
          t.equal(response.headers.allow, allowed.join(', '), `${method} ${address}`);
          if (method !== 'HEAD')
            isProblem(t, response, { code: 'method_not_allowed', message: `${method} ${address}` });
        }
      }
    }
  });

  await t.test('405 before anything else about the request is looked at', async (t) => {
    const url = `${API}/programmatic/login/`;
    const bodies = [
      { body: '{', headers: { 'content-type': 'application/json' } },
      { body: '<a/>', headers: { 'content-type': 'text/xml' } },
      { body: 'x'.repeat(300_000), headers: { 'content-type': 'application/json' } },
    ];
    for (const options of [...bodies, {}, { token: 'none' }]) {
      const response = await test.request('PUT', `${url}?x=1`, options);
      isProblem(t, response, { code: 'method_not_allowed' });
      t.equal(response.headers.allow, 'POST');
    }
  });

  await t.test('404 on a path that leads nowhere, for every method and whatever the body', async (t) => {
    const paths = ['/auth', '/auth/v1/permissions/', API, `${API}/`, `${API}/nope/`, `${API}/permissions/x/`];
    const odd = [
      '//auth/v2/permissions/',
      `${API}//permissions/`,
      `${API}/permissions//`,
      `${API}/PERMISSIONS/`,
      '/.env',
    ];
    for (const url of [...paths, ...odd]) {
      isProblem(t, await test.request('GET', url), { code: 'not_found', message: url });
    }
    for (const method of methods) {
      const response = await test.request(method, `${API}/nope/`);
      t.equal(response.statusCode, 404, method);
      t.equal(response.headers.allow, undefined);
    }
    for (const body of ['{', 'x'.repeat(300_000)]) {
      const headers = { 'content-type': 'application/json' };
      isProblem(t, await test.request('POST', `${API}/nope/`, { body, headers }), { code: 'not_found' });
    }
  });
});
