import t from 'tap';
import { operationsOf, requestExamplesOf } from '../support/api-document.ts';
import type { ApiDocument, PlacedOperation } from '../support/api-document.ts';
import { build } from '../support/build-app.ts';
import { makeTarget } from '../support/every-route.ts';
import { registerUser } from '../support/factories.ts';

/** What Postgres takes for no text, what is no Unicode, and what breaks off quotes and lines. */
const hostile = ['\u0000', 'a\u0000b', '\ud800', '\u2028\r\n\'"\\`$(){}%s%00', '-1e400', 'x'.repeat(5_000)];
/** Those after which nothing more can be asked. */
const last = new Set(['logout', 'closeAccount', 'deleteOrganization']);

interface Hostile {
  where: string;
  url: string;
  mediaType?: string;
  body?: unknown;
}

void t.test('no text in a path, a query or a body is an error of the service', async (t) => {
  const test = await build(t);
  const { token, organizationId: org } = await registerUser(test);
  const target = await makeTarget(test, { token, org, orgName: 'Acme' });
  const document = (await test.request('GET', '/openapi.json')).json<ApiDocument>();
  let sent = 0;

  const send = async ({ method, operationId }: PlacedOperation, { where, url, mediaType, body }: Hostile) => {
    sent += 1;
    const isForm = mediaType?.includes('form') === true;
    const answer = await test.app.inject({
      method,
      url,
      headers: {
        authorization: `Bearer ${token}`,
        ...(mediaType !== undefined && { 'content-type': mediaType }),
        ...(method === 'POST' && { 'idempotency-key': `hostile-text-${sent.toString().padStart(8, '0')}` }),
      },
      ...(mediaType !== undefined && {
        payload: isForm ? new URLSearchParams(body as Record<string, string>).toString() : JSON.stringify(body),
      }),
    });
    if (answer.statusCode === 500) t.fail(`${operationId} ${where}: ${answer.body}`);
  };

  const ids = { ...target, client_id: target.clientId };
  for (const operation of operationsOf(document).filter(({ operationId }) => !last.has(operationId))) {
    const examples = requestExamplesOf(document, operation);
    for (const request of hostile.flatMap((text) => spoil(operation, { ids, examples, text }))) {
      await send(operation, request);
    }
  }
  t.ok(sent > 1_000, `${sent} requests`);
});

interface Spoiling {
  ids: Record<string, string>;
  examples: [string, unknown[]][];
  text: string;
}

/** The requests of an operation that hold a text in one place each. */
function spoil({ path, parameters = [] }: PlacedOperation, { ids, examples, text }: Spoiling): Hostile[] {
  const encoded = encodeURIComponent(text.toWellFormed());
  const fill = (values: Record<string, string>) =>
    path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => values[name] ?? 'none');
  const [some] = examples.map(([mediaType, [body]]) => ({ mediaType, body }));
  return [
    ...parameters
      .filter((parameter) => parameter.in === 'path')
      .map(({ name }) => ({ where: name, url: fill({ ...ids, [name]: encoded }), ...some })),
    ...parameters
      .filter((parameter) => parameter.in === 'query')
      .map(({ name }) => ({ where: name, url: `${fill(ids)}?${name}=${encoded}`, ...some })),
    ...examples.flatMap(([mediaType, bodies]) =>
      bodies.flatMap((body) =>
        replaceEach(body, text).map(([where, changed]) => ({ where, url: fill(ids), mediaType, body: changed })),
      ),
    ),
  ];
}

/** A body with the text in the place of each of its values, one at a time. */
function replaceEach(value: unknown, text: string): [string, unknown][] {
  if (typeof value !== 'object' || value === null) return [['', text]];
  return Object.entries(value).flatMap(([name, member]) =>
    replaceEach(member, text).map(([where, changed]): [string, unknown] => {
      const copy: unknown = Array.isArray(value)
        ? value.map((item: unknown, index) => (String(index) === name ? changed : item))
        : { ...value, [name]: changed };
      return [`/${name}${where}`, copy];
    }),
  );
}
