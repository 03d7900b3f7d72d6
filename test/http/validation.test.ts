import Fastify from 'fastify';
import type { FastifySchema } from 'fastify';
import t from 'tap';
import type { Test } from 'tap';
import type { InputError } from '../../src/errors.ts';
import { errorHandler } from '../../src/plugins/error-handler.ts';
import { makeRequestId, requestContext } from '../../src/plugins/request-context.ts';
import { Email, immutable, Name, nullable, Permission } from '../../src/http/schemas.ts';
import { createValidation, explainValue } from '../../src/http/validation.ts';
import { Type } from 'typebox';
import { isProblem, shown } from '../support/problems.ts';

/** Asks a server whose one route has this schema. */
async function startWith(t: Pick<Test, 'teardown'>, schema: FastifySchema) {
  const validation = createValidation([{ name: 'api.read', description: '' }]);
  const app = Fastify({
    genReqId: makeRequestId,
    schemaController: { compilersFactory: { buildValidator: validation.buildValidator } },
  });
  await app.register(errorHandler, { validation });
  await app.register(requestContext, { apiPrefix: '/' });
  app.post('/', { schema }, async ({ query, body }) => ({ query, body }));
  t.teardown(async () => app.close());
  const ask = (body: unknown, search = '') =>
    app.inject({
      method: 'POST',
      url: `/${search}`,
      headers: { 'content-type': 'application/json' },
      payload: JSON.stringify(body),
    });
  const faultsOf = async (body: unknown, search?: string) =>
    (await ask(body, search)).json<{ errors?: InputError[] }>().errors ?? [];
  return { ask, faultsOf };
}

void t.test('every fault is named at its place, in words', async (t) => {
  const { ask, faultsOf } = await startWith(t, {
    body: Type.Object(
      {
        list: Type.Array(Type.String({ enum: ['a', 'b'] }), { minItems: 1, uniqueItems: true }),
        'with/slash': Type.Optional(
          Type.Object({ 'with~tilde': Type.Integer({ minimum: 1 }) }, { additionalProperties: false }),
        ),
        code: Type.Optional(Type.String({ pattern: '^[a-z]+$' })),
        either: Type.Optional(Type.Union([Type.String(), Type.Array(Type.Integer())])),
        none: Type.Optional(nullable(Type.String({ format: 'uuid' }))),
        never: Type.Optional(Type.Unsafe({ not: { type: 'string' } })),
        short: Type.Optional(Type.Array(Type.String(), { maxItems: 3 })),
      },
      { additionalProperties: false },
    ),
  });

  await t.test('nothing for a body that is as it should be, which is left as it was', async (t) => {
    const body = { list: ['a'], 'with/slash': { 'with~tilde': 1 }, code: 'x', either: [1], none: null, never: 1 };
    const response = await ask(body);
    t.equal(response.statusCode, 200);
    t.same(response.json<{ body: unknown }>().body, body);
  });

  await t.test('one fault of each kind', async (t) => {
    const cases: [object, InputError[]][] = [
      [{}, [{ pointer: '/list', code: 'required', detail: 'is required' }]],
      [{ list: 'a' }, [{ pointer: '/list', code: 'wrong_type', detail: 'must be a list' }]],
      [{ list: [] }, [{ pointer: '/list', code: 'too_few', detail: 'must have at least 1 item' }]],
      [{ list: ['a', 'c'] }, [{ pointer: '/list/1', code: 'not_allowed', detail: 'must be one of: a, b' }]],
      [
        { list: ['a', 'b', 'a'] },
        [{ pointer: '/list', code: 'duplicate', detail: 'must not hold duplicates: items 0 and 2 are equal' }],
      ],
      [
        { list: ['a', 1, 'a'] },
        [
          { pointer: '/list/1', code: 'wrong_type', detail: 'must be text' },
          { pointer: '/list', code: 'duplicate', detail: 'must not hold duplicates: items 0 and 2 are equal' },
        ],
      ],
      [
        { list: ['a'], extra: 1 },
        [{ pointer: '/extra', code: 'unknown_field', detail: 'is not a field of this request' }],
      ],
      [
        { list: ['a'], 'with/slash': {} },
        [{ pointer: '/with~1slash/with~0tilde', code: 'required', detail: 'is required' }],
      ],
      [
        { list: ['a'], 'with/slash': { 'with~tilde': 0 } },
        [{ pointer: '/with~1slash/with~0tilde', code: 'too_small', detail: 'must be at least 1' }],
      ],
      [
        { list: ['a'], 'with/slash': { 'with~tilde': 1, '~/': 1 } },
        [{ pointer: '/with~1slash/~0~1', code: 'unknown_field', detail: 'is not a field of this request' }],
      ],
      [
        { list: ['a'], code: 'X' },
        [{ pointer: '/code', code: 'malformed', detail: 'is not of the form it must have' }],
      ],
      [{ list: ['a'], none: 1 }, [{ pointer: '/none', code: 'wrong_type', detail: 'must be text or null' }]],
      [{ list: ['a'], none: 'x' }, [{ pointer: '/none', code: 'malformed', detail: 'must be a UUID' }]],
      [{ list: ['a'], never: 'x' }, [{ pointer: '/never', code: 'not_allowed', detail: 'is not allowed' }]],
    ];
    for (const [body, faults] of cases) t.same(await faultsOf(body), faults, shown(body));
    const either = await faultsOf({ list: ['a'], either: true });
    t.match(either, [{ pointer: '/either', code: 'wrong_type', detail: /^must be text/ }]);
    t.equal(either.length, 1);
  });

  await t.test('all of them at once', async (t) => {
    const response = await ask({ list: ['a', 'c', 7], code: 1, 'x~y/z': 1, 'with/slash': { 'with~tilde': 'one' } });
    const pointers = ['/list/1', '/list/2', '/code', '/x~0y~1z', '/with~1slash/with~0tilde'];
    isProblem(t, response, { code: 'invalid_request', pointers });
    t.match(response.json(), { detail: 'Several things are wrong; see errors.' });
  });

  await t.test('types are never bent into shape', async (t) => {
    for (const [member, value] of [
      ['code', 1],
      ['code', null],
      ['list', 'a'],
      ['with/slash', 'x'],
      ['code', true],
    ] as const) {
      t.equal((await ask({ list: ['a'], [member]: value })).statusCode, 400, `${member}: ${shown(value)}`);
    }
    t.same((await faultsOf({ list: ['a'], 'with/slash': { 'with~tilde': '1' } })).length, 1);
  });

  await t.test('no more than a hundred faults, none of them twice, and pointers of a bounded length', async (t) => {
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`extra${i}`, i]));
    const faults = await faultsOf({ list: ['a'], ...many });
    t.equal(faults.length, 100);
    t.equal(new Set(faults.map(({ pointer }) => pointer)).size, 100);
    const long = await faultsOf({ list: ['a'], ['x'.repeat(50_000)]: 1 });
    t.same(
      long.map(({ pointer }) => pointer),
      [`/${'x'.repeat(100)}`],
    );
  });

  await t.test('text that every reader takes, whatever a field is called', async (t) => {
    const names: [string, string][] = [
      ['\ud800', '/\ufffd'],
      ['a\udc00b', '/a\ufffdb'],
      ['😀'.repeat(150), `/${'😀'.repeat(100)}`],
      [`${'a'.repeat(99)}😀b`, `/${'a'.repeat(99)}😀`],
      [`${'a'.repeat(100)}😀`, `/${'a'.repeat(100)}`],
      ['~'.repeat(150), `/${'~0'.repeat(100)}`],
      [`${'a'.repeat(99)}/b`, `/${'a'.repeat(99)}~1`],
    ];
    for (const [name, pointer] of names) {
      const response = await ask({ list: ['a'], [name]: 1 });
      t.equal(/\\ud[89a-f]/i.test(response.body), false, shown(name));
      t.same(
        response.json<{ errors: InputError[] }>().errors.map((fault) => fault.pointer),
        [pointer],
        shown(name),
      );
    }
  });

  await t.test('a list that is too long for its length alone', async (t) => {
    const body = { list: ['a'], short: Array.from({ length: 4 }, () => 7) };
    t.same(await faultsOf(body), [{ pointer: '/short', code: 'too_many', detail: 'must have at most 3 items' }]);
  });
});

void t.test('one fault for each place, by the same code whatever the library finds first', async (t) => {
  const { faultsOf } = await startWith(t, {
    body: Type.Object(
      {
        name: Type.Optional(Name),
        email: Type.Optional(Email),
        password: Type.Optional(Type.String({ format: 'password', maxLength: 256 })),
        permissions: Type.Optional(Type.Array(Permission, { minItems: 1, maxItems: 2 })),
        expires_at: Type.Optional(Type.String({ format: 'future-date-time', maxLength: 35 })),
        created_at: immutable(),
      },
      { additionalProperties: false },
    ),
  });
  const cases: [object, string][] = [
    [{ name: '' }, 'blank'],
    [{ name: ' ' }, 'blank'],
    [{ name: 'x'.repeat(201) }, 'too_long'],
    [{ name: 'a\nb' }, 'malformed'],
    [{ name: 7 }, 'wrong_type'],
    [{ email: '' }, 'too_short'],
    [{ email: 'nobody' }, 'malformed'],
    [{ password: 'short' }, 'too_weak'],
    [{ password: 'x'.repeat(257) }, 'too_long'],
    [{ permissions: [] }, 'too_few'],
    [{ permissions: ['api.read', 'api.read', 'api.read'] }, 'too_many'],
    [{ permissions: ['api.fly'] }, 'not_allowed'],
    [{ expires_at: 'tomorrow' }, 'malformed'],
    [{ expires_at: '2020-01-01T00:00:00Z' }, 'in_the_past'],
    [{ created_at: null }, 'immutable'],
  ];
  for (const [body, code] of cases) {
    const faults = await faultsOf(body);
    t.same(
      faults.map((fault) => fault.code),
      [code],
      shown(body),
    );
    t.notMatch(faults[0]?.detail, /NOT|pattern|>=|<=|anyOf|instancePath/, shown(body));
  }
});

void t.test('members that never change are told apart from unknown ones', async (t) => {
  const schema = {
    body: Type.Object({ id: immutable(), name: Type.Optional(Type.String()) }, { additionalProperties: false }),
  };
  const { ask } = await startWith(t, schema);
  for (const value of [1, null, '', {}, []]) {
    const response = await ask({ id: value, name: 'x' });
    isProblem(t, response, { code: 'immutable_field', pointers: ['/id'], message: shown(value) });
    t.match(response.json(), { errors: [{ detail: 'never changes' }] });
  }
  isProblem(t, await ask({ id: 1, other: 1 }), { code: 'invalid_request', pointers: ['/id', '/other'] });
  t.equal((await ask({ name: 'x' })).statusCode, 200);
});

void t.test('the query: values are read from text, names are given as they are', async (t) => {
  const { ask, faultsOf } = await startWith(t, {
    querystring: Type.Object(
      {
        limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 10, default: 5 })),
        tag: Type.Optional(Type.Array(Type.String({ minLength: 1 }), { maxItems: 2 })),
        on: Type.Optional(Type.Boolean()),
      },
      { additionalProperties: false },
    ),
  });
  const queryOf = async (search: string) => (await ask({}, search)).json<{ query: object }>().query;
  t.same(await queryOf(''), { limit: 5 });
  t.same(await queryOf('?limit=7&tag=a&on=true'), { limit: 7, tag: ['a'], on: true });
  t.same(await queryOf('?tag=a&tag=b'), { limit: 5, tag: ['a', 'b'] });
  const cases: [string, InputError[]][] = [
    ['?limit=x', [{ pointer: '?limit', code: 'wrong_type', detail: 'must be a whole number' }]],
    ['?limit=11', [{ pointer: '?limit', code: 'too_large', detail: 'must be at most 10' }]],
    ...['Infinity', '-Infinity', '0x5', '5e0', '1e1', '0b1', '0o7', '+5', '5.0', '%205', '5%20', '', '٥'].map(
      (text): [string, InputError[]] => [
        `?limit=${text}`,
        [{ pointer: '?limit', code: 'wrong_type', detail: 'must be a whole number' }],
      ],
    ),
    [`?limit=${'9'.repeat(30)}`, [{ pointer: '?limit', code: 'too_large', detail: 'must be at most 10' }]],
    ['?limit=-1', [{ pointer: '?limit', code: 'too_small', detail: 'must be at least 1' }]],
    ['?limit=1&limit=2', [{ pointer: '?limit', code: 'wrong_type', detail: 'must be a whole number' }]],
    ['?on=1', [{ pointer: '?on', code: 'wrong_type', detail: 'must be true or false' }]],
    ['?tag=a&tag=b&tag=c', [{ pointer: '?tag', code: 'too_many', detail: 'must have at most 2 items' }]],
    ['?tag=a&tag=', [{ pointer: '?tag', code: 'blank', detail: 'must not be blank' }]],
    ['?on=perhaps', [{ pointer: '?on', code: 'wrong_type', detail: 'must be true or false' }]],
    ['?a/b~c=1', [{ pointer: '?a/b~c', code: 'unknown_parameter', detail: 'is not a parameter of this route' }]],
    ['?a~1b=1', [{ pointer: '?a~1b', code: 'unknown_parameter', detail: 'is not a parameter of this route' }]],
    ['?=1', [{ pointer: '?', code: 'unknown_parameter', detail: 'is not a parameter of this route' }]],
    [
      '?__proto__=1',
      [{ pointer: '?__proto__', code: 'unknown_parameter', detail: 'is not a parameter of this route' }],
    ],
  ];
  for (const [search, faults] of cases) t.same(await faultsOf({}, search), faults, search);
});

void t.test('a hundred faults are named of body and query together, not of each', async (t) => {
  const none = Type.Object({}, { additionalProperties: false });
  const { faultsOf } = await startWith(t, { body: none, querystring: none });
  const body = Object.fromEntries(Array.from({ length: 70 }, (_, index) => [`b${index}`, 1]));
  const search = Array.from({ length: 70 }, (_, index) => `q${index}=1`).join('&');
  const faults = await faultsOf(body, `?${search}`);
  t.equal(faults.length, 100);
  t.match(faults[0]?.pointer, /^\/b/);
  t.match(faults.at(-1)?.pointer, /^\?q/);
});

void t.test('formats', async (t) => {
  const names = ['line', 'paragraph', 'http-url', 'permission', 'date-time', 'future-date-time', 'uuid', 'email'];
  const { faultsOf } = await startWith(t, {
    body: Type.Object(Object.fromEntries(names.map((format) => [format, Type.Optional(Type.String({ format }))]))),
  });
  const check = async (format: string, { good, bad }: { good: string[]; bad: string[] }) => {
    for (const value of good) t.same(await faultsOf({ [format]: value }), [], `${format} accepts ${shown(value)}`);
    for (const value of bad) {
      const faults = await faultsOf({ [format]: value });
      t.same(
        faults.map(({ pointer }) => pointer),
        [`/${format}`],
        `${format} refuses ${shown(value)}`,
      );
      t.ok((faults[0]?.detail.length ?? 0) > 5);
    }
  };

  await check('line', {
    good: ['a', ' a ', 'Zürich', '😀', '\ufffd', 'a\u00a0b', '👩‍👩‍👧'],
    bad: [
      '',
      ' ',
      '\u3000',
      '\u00a0',
      'a\u0000',
      'a\tb',
      'a\nb',
      'a\rb',
      '\u001b',
      '\u007f',
      '\u0080',
      '\u0085',
      '\u009f',
      'a\u2028',
      'a\u2029',
      '\ud800',
      '\udc00a',
      '\udc00\ud800',
    ],
  });
  await check('paragraph', {
    good: ['', ' ', 'a\n\tb\r\n', '😀', 'a\u2028b'],
    bad: ['\u0000', '\u0008', '\u000b', '\u000c', '\u001b', '\u007f', '\u0085', '\u009b', '\ud800', 'a\udfff'],
  });
  await check('http-url', {
    good: ['http://a', 'https://a.example/b?c=d#e', 'HTTPS://A.EXAMPLE', 'http://127.0.0.1:8080', 'https://[::1]/'],
    bad: [
      '',
      'a.example',
      '//a.example',
      'ftp://a',
      'https:a.example',
      'https://',
      'https://a b',
      'https://ä',
      'https://u@a',
      'https://:p@a',
      'https://a:99999',
      'https://a\n',
      ' https://a',
      'javascript://a',
      'https://@a',
      'https://a\\b',
      'https://a/%zz',
      'https://a/<b>',
      'https://a/{b}',
      'https://a/|',
    ],
  });
  await check('permission', { good: ['api.read'], bad: ['', 'api.write', 'API.READ', 'api.read ', 'toString'] });
  const times = ['2030-01-31T12:00:00Z', '2096-02-29T23:59:59.999999999+14:00', '2030-12-31T00:00:00-00:00'];
  const noTimes = [
    '',
    '2030-01-31',
    '2030-01-31 12:00:00Z',
    '2030-01-31T12:00Z',
    '2030-01-31T12:00:00',
    '2030-02-30T12:00:00Z',
    '2030-13-01T00:00:00Z',
    '2030-01-31T24:00:00Z',
    '2030-01-31T12:60:00Z',
    '2030-01-31T12:00:60Z',
    '2030-01-31t12:00:00z',
    '2030-01-31T12:00:00+24:00',
    '2030-01-31T12:00:00.Z',
    '+02030-01-31T12:00:00Z',
    '2030-00-10T00:00:00Z',
  ];
  await check('date-time', { good: [...times, '1970-01-01T00:00:00Z'], bad: noTimes });
  await check('future-date-time', { good: times, bad: [...noTimes, '1970-01-01T00:00:00Z', '2020-01-01T00:00:00Z'] });
  await check('uuid', {
    good: ['019a3c5e-7d14-7b52-9c0e-3f6a1d2b4c01', '019A3C5E-7D14-7B52-9C0E-3F6A1D2B4C01'],
    bad: ['', '019a3c5e7d147b529c0e3f6a1d2b4c01', '{019a3c5e-7d14-7b52-9c0e-3f6a1d2b4c01}'],
  });
  await check('email', {
    good: ['a@b.example', "o'b+c@d-e.example"],
    bad: ['', 'a', 'a@', '@b', 'a b@c.example', 'a@b.example\n'],
  });
});

void t.test('a value from elsewhere is explained in the same words, all its faults at once', async (t) => {
  const schema = Type.Object({ email: Type.String({ format: 'email' }), name: Type.String({ format: 'line' }) });
  t.same(explainValue(schema, { email: 'a@b.example', name: 'Acme' }), []);
  t.same(explainValue(schema, { email: 'a', name: ' ' }), [
    { pointer: '/email', code: 'malformed', detail: 'must be an email address' },
    { pointer: '/name', code: 'blank', detail: 'must not be blank' },
  ]);
});
