import { DrizzleQueryError } from 'drizzle-orm';
import pg from 'pg';
import t from 'tap';
import { ConnectionError, OutcomeUnknownError, SilenceError } from '../src/db/failures.ts';
import { MigrationError } from '../src/db/migrate.ts';
import { describeFailure } from '../src/describe-failure.ts';
import { OperatorError } from '../src/operator-error.ts';

function databaseError(code: string, message: string): pg.DatabaseError {
  const err = new pg.DatabaseError(message, 0, 'error');
  err.code = code;
  err.detail = 'Key (email)=(ada@acme.example) already exists.';
  return err;
}

const inQuery = (cause: Error) => new DrizzleQueryError('insert into users values ($1)', ['ada@acme.example'], cause);

void t.test('what the operator can mend is one sentence without values', async (t) => {
  for (const [err, sentence] of [
    [new OperatorError('The service cannot listen'), 'The service cannot listen'],
    [new MigrationError('The database is behind'), 'The database is behind'],
    [
      inQuery(new ConnectionError(new Error('connect ECONNREFUSED 127.0.0.1:1'))),
      'The database could not be reached during the start (connect ECONNREFUSED 127.0.0.1:1): see that it runs, then try again',
    ],
    [
      inQuery(new SilenceError()),
      'The database could not be reached during the start (the database is silent): see that it runs, then try again',
    ],
    [
      inQuery(databaseError('57P01', 'terminating connection due to administrator command')),
      'The database ended the connection during the start (terminating connection due to administrator command): see that it runs, then try again',
    ],
    [
      inQuery(databaseError('25006', 'cannot execute INSERT in a read-only transaction')),
      'The database refused a step of the start (cannot execute INSERT in a read-only transaction): let DATABASE_URL name the primary',
    ],
    [
      inQuery(new OutcomeUnknownError(new Error('Connection terminated unexpectedly'))),
      'The connection to the database was lost during the start, and whether its last change was made is not known: look before you try again',
    ],
    [
      databaseError('42501', 'permission denied for schema public'),
      'The database refused a step of the start (permission denied for schema public): check the user in DATABASE_URL and its rights',
    ],
    [
      inQuery(databaseError('53100', 'could not extend file: No space left on device')),
      'The database refused a step of the start (could not extend file: No space left on device): its log says more',
    ],
  ] as const) {
    t.equal(describeFailure(err, 'the start'), sentence);
  }
});

void t.test('everything else is a fault of the program', async (t) => {
  for (const err of [new TypeError('x is undefined'), inQuery(new Error('odd')), undefined, 'text']) {
    t.equal(describeFailure(err, 'the start'), undefined);
  }
});
