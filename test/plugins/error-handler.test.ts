import { DrizzleQueryError } from 'drizzle-orm';
import Fastify from 'fastify';
import pg from 'pg';
import { pino } from 'pino';
import t from 'tap';
import type { Test } from 'tap';
import { ConnectionError, OutcomeUnknownError, PoolFullError, SilenceError } from '../../src/db/failures.ts';
import { AppError } from '../../src/errors.ts';
import type { ErrorCode } from '../../src/errors.ts';
import { loggerOptions } from '../../src/telemetry/logging.ts';
import { errorHandler } from '../../src/plugins/error-handler.ts';
import { makeRequestId, requestContext } from '../../src/plugins/request-context.ts';
import { createValidation } from '../../src/http/validation.ts';
import { isProblem } from '../support/problems.ts';

const HINT = 'Something went wrong on our side.';

/** A server whose only route fails with what a test gives it. */
async function startFailing(t: Pick<Test, 'teardown'>) {
  const lines: string[] = [];
  const logger = pino(loggerOptions('trace'), { write: (line: string) => void lines.push(line) });
  const app = Fastify({ loggerInstance: logger, genReqId: makeRequestId });
  const state: { thrown: unknown } = { thrown: undefined };
  await app.register(errorHandler, { validation: createValidation([]) });
  await app.register(requestContext, { apiPrefix: '/' });
  app.get('/', async () => {
    throw state.thrown;
  });
  t.teardown(async () => app.close());
  const fail = async (thrown: unknown) => {
    state.thrown = thrown;
    return app.inject('/');
  };
  return { fail, lines };
}

/** An error as Postgres sends it, with a text that holds values. */
function databaseError(code: string): pg.DatabaseError {
  const err = new pg.DatabaseError('duplicate key value: (hunter2)', 10, 'error');
  return Object.assign(err, { code, severity: 'ERROR', detail: 'Key (password)=(hunter2)', constraint: 'a__b_key' });
}

function inQuery(cause: Error): DrizzleQueryError {
  return new DrizzleQueryError('select * from secrets where hash = $1', ['hunter2'], cause);
}

void t.test('whatever is thrown is answered with a problem document', async (t) => {
  const { fail, lines } = await startFailing(t);

  await t.test('500 with a constant text for what nobody foresaw, and the truth in the log', async (t) => {
    const deep = new Error('outer', { cause: new TypeError('inner is not a function') });
    for (const thrown of [
      new TypeError('x.y is not a function at /srv/app.ts'),
      deep,
      new RangeError(),
      'text',
      7,
      {},
      null,
      undefined,
    ]) {
      const response = await fail(thrown);
      isProblem(t, response, { code: 'internal_error' });
      t.equal(response.json<{ detail: string }>().detail, HINT);
      t.equal(response.headers['retry-after'], undefined);
    }
    const log = lines.join('');
    for (const text of [
      'x.y is not a function',
      'inner is not a function',
      'outer',
      'TypeError',
      'error-handler.test',
    ]) {
      t.ok(log.includes(text), `${text} is in the log`);
    }
    t.ok(log.includes('"level":"error"'));
  });

  await t.test('500 for an error that claims a status that is not in the catalogue', async (t) => {
    for (const statusCode of [200, 302, 500, 502, 600, NaN]) {
      isProblem(t, await fail(Object.assign(new Error('odd'), { statusCode })), { code: 'internal_error' });
    }
    for (const statusCode of [401, 403, 406, 409, 412, 416, 418, 451, 499]) {
      isProblem(t, await fail(Object.assign(new Error('odd'), { statusCode })), { code: 'invalid_request' });
    }
  });

  await t.test('a status that Fastify or a plugin gives keeps it, under our words', async (t) => {
    const statuses: Record<number, ErrorCode> = {
      400: 'invalid_request',
      404: 'not_found',
      408: 'request_timeout',
      413: 'content_too_large',
      414: 'uri_too_long',
      415: 'unsupported_media_type',
      429: 'rate_limited',
      431: 'headers_too_large',
      503: 'overloaded',
    };
    for (const [status, code] of Object.entries(statuses)) {
      const err = Object.assign(new Error('the words of a library: hunter2'), {
        statusCode: Number(status),
        code: 'LIB',
      });
      const response = await fail(err);
      isProblem(t, response, { code });
      t.equal(response.body.includes('words of a library'), false);
      t.equal(response.headers['retry-after'] === undefined, code !== 'overloaded' && code !== 'rate_limited', code);
    }
  });

  await t.test('an error of the catalogue is sent as it is, its reason only logged', async (t) => {
    const response = await fail(
      new AppError('rate_limited', {
        detail: 'Slow down.',
        errors: [{ pointer: '/a', code: 'malformed', detail: 'is b' }],
        retryAfterSeconds: 0.2,
        headers: { 'x-more': '1' },
        reason: 'the true reason',
      }),
    );
    isProblem(t, response, { code: 'rate_limited', pointers: ['/a'] });
    t.equal(response.json<{ detail: string }>().detail, 'Slow down.');
    t.equal(response.headers['retry-after'], '1', 'whole seconds, never none');
    t.equal(response.headers['x-more'], '1');
    t.equal(response.body.includes('true reason'), false);
    t.equal((await fail(new AppError('overloaded', { retryAfterSeconds: 61.2 }))).headers['retry-after'], '62');
  });

  await t.test('401 names a scheme', async (t) => {
    const response = await fail(new AppError('unauthorized'));
    isProblem(t, response, { code: 'unauthorized' });
    t.equal(response.headers['www-authenticate'], 'Bearer realm="latchkey"');
    const headers = { 'www-authenticate': 'Basic realm="x"' };
    const own = await fail(new AppError('invalid_credential', { headers }));
    t.equal(own.headers['www-authenticate'], 'Basic realm="x"', 'or the one of the error');
  });

  await t.test('503 with Retry-After for a database that is busy', async (t) => {
    for (const state of ['57014', '55P03', '40001', '40P01']) {
      for (const err of [databaseError(state), inQuery(databaseError(state))]) {
        const response = await fail(err);
        isProblem(t, response, { code: 'overloaded', message: state });
        t.equal(response.headers['retry-after'], '2');
      }
    }
  });

  await t.test('503 with Retry-After for a database that is away', async (t) => {
    const refused = Object.assign(new Error('connect ECONNREFUSED 10.1.2.3:5432'), { code: 'ECONNREFUSED' });
    const unreachable = [
      ...['57P01', '57P02', '57P03', '57P05', '08006', '08P01', '25006', '53100', '53200', '53300', '58030'].map(
        (state) => inQuery(databaseError(state)),
      ),
      inQuery(refused),
      inQuery(new Error('Connection terminated unexpectedly')),
      inQuery(new SilenceError()),
      new ConnectionError(refused),
      inQuery(new ConnectionError(undefined)),
      // The server is there, but not for us: the database is gone, the password has changed, it lets nobody in.
      ...['3D000', '28P01', '28000', '55000'].map((state) => new ConnectionError(databaseError(state))),
    ];
    for (const err of unreachable) {
      const response = await fail(err);
      isProblem(t, response, { code: 'database_unavailable', message: String(err.cause) });
      t.equal(response.headers['retry-after'], '2');
      t.equal(response.body.includes('10.1.2.3'), false);
    }
    isProblem(t, await fail(inQuery(new PoolFullError())), { code: 'overloaded' });
  });

  await t.test('503 without Retry-After for a change that may have been made, which its detail says', async (t) => {
    for (const err of [new OutcomeUnknownError(new SilenceError()), inQuery(new OutcomeUnknownError(new Error('x')))]) {
      const response = await fail(err);
      isProblem(t, response, { code: 'database_unavailable' });
      t.equal(response.headers['retry-after'], undefined);
      t.match(response.json(), { detail: /may have been made/ });
    }
  });

  await t.test('an expected 503 is a warning with its reason and without a stack', async (t) => {
    lines.length = 0;
    for (const err of [inQuery(databaseError('53100')), new PoolFullError(), new AppError('overloaded')])
      await fail(err);
    const logged = lines
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter(({ level }) => level !== 'info');
    t.equal(logged.length, 3);
    for (const line of logged) t.match(line, { level: 'warn', msg: 'request failed' });
    t.equal(lines.join('').includes('stack'), false);
    t.match(logged[0], { code: 'database_unavailable', failure: { cause: { code: '53100' } } });
  });

  await t.test('500 for what the database refuses for good', async (t) => {
    isProblem(t, await fail(new pg.DatabaseError('no code', 7, 'error')), { code: 'internal_error' });
    for (const state of ['23505', '23503', '42P01', '22021', '42501', '3D000', 'P0001', 'XX000']) {
      isProblem(t, await fail(inQuery(databaseError(state))), { code: 'internal_error', message: state });
    }
  });

  await t.test(
    'the log tells SQLSTATE and constraint of a database error, and no value that was in play',
    async (t) => {
      lines.length = 0;
      await fail(inQuery(databaseError('23505')));
      await fail(databaseError('22021'));
      await fail(new ConnectionError(databaseError('28P01')));
      const log = lines.join('');
      for (const text of ['23505', 'a__b_key', '22021', '28P01', 'DrizzleQueryError']) t.ok(log.includes(text), text);
      for (const text of ['hunter2', 'select *', 'duplicate key']) t.equal(log.includes(text), false, text);
    },
  );
});
