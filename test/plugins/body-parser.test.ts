import { request as httpRequest } from 'node:http';
import t from 'tap';
import { build } from '../support/build-app.ts';
import { API, registerUser } from '../support/factories.ts';
import { isProblem, shown } from '../support/problems.ts';

const LIMIT_BYTES = 256 * 1024;
const json = { 'content-type': 'application/json' };

void t.test('request bodies', async (t) => {
  const test = await build(t);
  const { token, organizationId } = await registerUser(test);
  const url = `${API}/organizations/${organizationId}/applications/`;
  const send = (
    payload: string | Buffer | undefined,
    headers: Record<string, string>,
    method: 'POST' | 'DELETE' = 'POST',
  ) =>
    test.app.inject({
      method,
      url,
      headers: { authorization: `Bearer ${token}`, ...headers },
      ...(payload === undefined ? {} : { payload }),
    });

  await t.test('no body and an empty body mean {}, whatever the Content-Type', async (t) => {
    const plain = ['application/json', 'application/json; charset=utf-8', 'text/plain', 'application/octet-stream'];
    const forms = ['application/x-www-form-urlencoded', 'multipart/form-data', 'multipart/form-data; boundary=x'];
    for (const contentType of [undefined, ...plain, ...forms, '', ';', 'nonsense', 'a/b/c', '*/*', '"']) {
      for (const payload of [undefined, '']) {
        const response = await send(payload, contentType === undefined ? {} : { 'content-type': contentType });
        t.equal(response.statusCode, 201, `${String(contentType)}, ${shown(payload ?? null)}`);
      }
    }
  });

  await t.test('an empty body of unknown length means {} as well', async (t) => {
    const address = await test.app.listen({ host: '127.0.0.1', port: 0 });
    for (const contentType of ['application/json', 'text/plain']) {
      const headers = { authorization: `Bearer ${token}`, 'content-type': contentType, 'transfer-encoding': 'chunked' };
      const status = await new Promise((resolve, reject) => {
        const request = httpRequest(address + url, { method: 'POST', headers, agent: false }, (response) => {
          response.resume();
          resolve(response.statusCode);
        });
        request.on('error', reject);
        request.end();
      });
      t.equal(status, 201, contentType);
    }
  });

  await t.test('JSON is read under every name it has', async (t) => {
    const utf8Json = [
      'application/json',
      'Application/JSON',
      'application/json;charset=utf-8',
      'application/json ; x=y',
    ];
    for (const contentType of [...utf8Json, 'application/merge-patch+json', 'application/vnd.acme.v2+json']) {
      const response = await send('{"name":"Zürich"}', { 'content-type': contentType });
      t.equal(response.statusCode, 201, contentType);
      t.match(response.json(), { name: 'Zürich' });
    }
    t.equal((await send('\ufeff {"name":"BOM"} \n', json)).statusCode, 201, 'a byte order mark is no part of it');
  });

  await t.test('415 for a body of any other kind', async (t) => {
    const others = ['text/plain', 'text/json', 'application/jsonp', 'application/json-seq', 'application/x-ndjson'];
    const forms = ['application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/xml'];
    for (const contentType of [...others, ...forms, '', ';', 'json', 'text/plain; application/json']) {
      isProblem(t, await send('{}', { 'content-type': contentType }), {
        code: 'unsupported_media_type',
        message: contentType,
      });
    }
  });

  await t.test('400 for what is not JSON', async (t) => {
    const broken = ['{', '}', '{"name":}', "{'name':'a'}", '{"name":"a",}', 'name=a', '{"name":"a"}x', '\u0000', 'NaN'];
    for (const payload of [...broken, '{"name":"\n"}', '{"name":"\\ud8"}', '[1', ' ', '\ufeff', '{}{}', '/**/{}']) {
      isProblem(t, await send(payload, json), { code: 'invalid_request', message: shown(payload) });
    }
  });

  await t.test('400 for what is not UTF-8', async (t) => {
    const sequences = [[0xff], [0xc3, 0x28], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82]];
    for (const bytes of sequences) {
      const payload = Buffer.concat([Buffer.from('{"name":"'), Buffer.from(bytes), Buffer.from('"}')]);
      const response = await send(payload, json);
      isProblem(t, response, { code: 'invalid_request', message: payload.toString('hex') });
      t.equal(response.json<{ detail: string }>().detail, 'The body is not UTF-8.');
    }
    const utf16 = Buffer.from('{"name":"a"}', 'utf16le');
    isProblem(t, await send(utf16, json), { code: 'invalid_request' });
    const latin1 = Buffer.from('{"name":"ä"}', 'latin1');
    const headers = { 'content-type': 'application/json; charset=iso-8859-1' };
    isProblem(t, await send(latin1, headers), { code: 'invalid_request' });
  });

  await t.test('400 for a body that is JSON but no object', async (t) => {
    for (const payload of ['null', '[]', '[{}]', '0', '1e400', 'true', '"{}"']) {
      isProblem(t, await send(payload, json), { code: 'invalid_request', pointers: [''], message: payload });
    }
  });

  await t.test('400 for names that could reach the prototype of an object, at any depth', async (t) => {
    const poison = [
      '{"__proto__":{"name":"a"}}',
      '{"constructor":{"prototype":{"name":"a"}}}',
      '{"\\u005f_proto__":{}}',
    ];
    for (const payload of [...poison, '{"name":"a","x":[{"__proto__":null}]}']) {
      isProblem(t, await send(payload, json), { code: 'invalid_request', message: payload });
    }
    t.equal(({} as { name?: string }).name, undefined);
    const inherited = await send('{"toString":1,"hasOwnProperty":1,"constructor":1}', json);
    const pointers = ['/toString', '/hasOwnProperty', '/constructor'];
    isProblem(t, inherited, { code: 'invalid_request', pointers });
  });

  await t.test('400 for nesting as deep as a body can be', async (t) => {
    const depth = LIMIT_BYTES / 2 - 100;
    isProblem(t, await send('['.repeat(depth) + ']'.repeat(depth), json), { code: 'invalid_request', pointers: [''] });
    const nested = `{"name":${'{"a":'.repeat(40_000)}1${'}'.repeat(40_000)}}`;
    isProblem(t, await send(nested, json), { code: 'invalid_request', pointers: ['/name'] });
    isProblem(t, await send('['.repeat(depth), json), { code: 'invalid_request' });
  });

  await t.test('a name that is given twice has its last value', async (t) => {
    t.match((await send('{"name":"first","name":"last"}', json)).json(), { name: 'last' });
  });

  await t.test('413 for a body beyond the limit, whatever its kind, and not for one at it', async (t) => {
    const atLimit = `{"name":"at the limit"${' '.repeat(LIMIT_BYTES - 23)}}`;
    t.equal(Buffer.byteLength(atLimit), LIMIT_BYTES);
    t.equal((await send(atLimit, json)).statusCode, 201);
    isProblem(t, await send(`${atLimit} `, json), { code: 'content_too_large' });
    isProblem(t, await send(`${atLimit} `, { 'content-type': 'text/plain' }), { code: 'content_too_large' });
  });

  await t.test('401 comes before any fault of the body', async (t) => {
    for (const payload of ['{', 'x'.repeat(LIMIT_BYTES + 1)]) {
      const response = await test.app.inject({ method: 'POST', url, headers: json, payload });
      isProblem(t, response, { code: 'unauthorized' });
    }
  });
});
