import { makeEmail, PASSWORD } from './factories.ts';
import { until } from './embedded-service.ts';
import { call } from './service-process.ts';
import type { Answer } from './service-process.ts';
import type { TestSmtpServer } from './smtp-server.ts';

export const PROGRAMMATIC = '/auth/v2/programmatic';

/** A verified user of a running service. */
export interface ServiceUser {
  email: string;
  token: string;
  refreshToken: string;
  organizationId: string;
  clientId: string;
  apiKey: string;
}

/** Registers a user over HTTP, with the code from the mail. */
export async function signUp(origin: string, smtp: TestSmtpServer, email = makeEmail()): Promise<ServiceUser> {
  await expectStatus(201, call(origin, `${PROGRAMMATIC}/register/`, { body: { email, password: PASSWORD } }));
  const code = await readCode(smtp, email);
  const { body } = await expectStatus(
    200,
    call<FirstAccess>(origin, `${PROGRAMMATIC}/verify-email/`, { body: { email, code } }),
  );
  return {
    email,
    token: body.access_token,
    refreshToken: body.refresh_token,
    organizationId: body.organization.uuid,
    clientId: body.application.client_id,
    apiKey: body.application.api_key,
  };
}

interface FirstAccess {
  access_token: string;
  refresh_token: string;
  organization: { uuid: string };
  application: { client_id: string; api_key: string };
}

/** The code of the newest mail to an address, once one has come. */
export async function readCode(smtp: TestSmtpServer, email: string): Promise<string> {
  const find = () => smtp.received.findLast(({ recipients }) => recipients.includes(email));
  await until(async () => find() !== undefined);
  return /^[A-Z0-9]{6}\r?$/m.exec(find()?.content.text ?? '')![0].trim();
}

/** Logs in. */
export function logIn(origin: string, email: string, password = PASSWORD): Promise<Answer> {
  return call(origin, `${PROGRAMMATIC}/login/`, { body: { email, password } });
}

/** The status of a check of a secret. */
export async function verify(origin: string, apiKey: string): Promise<number> {
  return (await call(origin, '/auth/v2/verify/', { apiKey })).status;
}

/** Creates an API client; its answer, whatever it is. */
export function createApiClient(
  origin: string,
  { organizationId, token }: Pick<ServiceUser, 'organizationId' | 'token'>,
  name: string,
): Promise<Answer<{ client_id: string; client_secret: string }>> {
  return call(origin, `/auth/v2/organizations/${organizationId}/api-clients/`, {
    token,
    body: { name, environment: 'live', permissions: ['api.read'] },
  });
}

/** An access token of an API client. */
export async function askForToken(
  origin: string,
  { client_id, client_secret }: { client_id: string; client_secret: string },
): Promise<string> {
  const body = new URLSearchParams({ grant_type: 'client_credentials', client_id, client_secret });
  const response = await fetch(`${origin}/auth/v2/token/`, { method: 'POST', body });
  return ((await response.json()) as { access_token: string }).access_token;
}

/** @throws when the answer has another status */
export async function expectStatus<Body>(status: number, asking: Promise<Answer<Body>>): Promise<Answer<Body>> {
  const answer = await asking;
  if (answer.status !== status) throw new Error(`expected ${status}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer;
}
