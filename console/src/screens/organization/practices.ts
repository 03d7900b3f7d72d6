import type { ApiClient } from '../../../../client/schema.ts';
import { api, ask } from '../../api.ts';
import { may } from '../../roles.ts';

/** What an organization has, rule by rule. */
export interface Findings {
  /** The newest of them. */
  clients: ApiClient[];
  isMore: boolean;
  /** How many permissions there are at all. */
  catalogueSize: number;
  /** Members who can make and regenerate secrets. */
  makers: number;
  isMoreMembers: boolean;
  unused: number;
  /** Of those, how many never were. */
  neverUsed: number;
  isMoreUnused: boolean;
  paused: number;
  /** Those with an end within 30 days. */
  ending: number;
  /** Where an old secret still works beside the new one. */
  retiring: { client: ApiClient; until: string | null }[];
}

const PAGE = 100;
/** A request each. */
const PAGES = 10;
const RETIRING = 5;
const DAY_MS = 86_400_000;

export async function readPractices(org: string): Promise<Findings> {
  const path = { org };
  const since = new Date(Date.now() - 90 * DAY_MS).toISOString();
  const [{ clients, isMore }, catalogue, members, unused, retiring] = await Promise.all([
    readClients(org),
    ask(api.GET('/auth/v2/permissions/')),
    ask(api.GET('/auth/v2/organizations/{org}/members/', { params: { path, query: { limit: PAGE } } })),
    ask(
      api.GET('/auth/v2/organizations/{org}/api-clients/', {
        params: { path, query: { limit: PAGE, unused_since: since } },
      }),
    ),
    readRetiring(org),
  ]);
  const soon = Date.now() + 30 * DAY_MS;
  return {
    clients,
    isMore,
    catalogueSize: catalogue.results.length,
    makers: members.results.filter(({ role }) => may(role, 'changeClients')).length,
    isMoreMembers: members.next_cursor !== null,
    unused: unused.results.length,
    neverUsed: unused.results.filter(({ last_used_at: at }) => at === null).length,
    isMoreUnused: unused.next_cursor !== null,
    paused: clients.filter(({ status }) => status === 'paused').length,
    ending: clients.filter(({ expires_at: end }) => end !== null && Date.parse(end) < soon).length,
    retiring,
  };
}

async function readClients(org: string): Promise<{ clients: ApiClient[]; isMore: boolean }> {
  const clients: ApiClient[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < PAGES; page += 1) {
    const query: { limit: number; cursor?: string } = { limit: PAGE, ...(cursor !== null && { cursor }) };
    const found = await ask(api.GET('/auth/v2/organizations/{org}/api-clients/', { params: { path: { org }, query } }));
    clients.push(...found.results);
    cursor = found.next_cursor;
    if (cursor === null) return { clients, isMore: false };
  }
  return { clients, isMore: true };
}

async function readRetiring(org: string): Promise<Findings['retiring']> {
  const { results } = await ask(
    api.GET('/auth/v2/organizations/{org}/api-clients/', {
      params: { path: { org }, query: { limit: RETIRING, has_retiring_secret: true } },
    }),
  );
  return Promise.all(
    results.map(async (client) => {
      const path = { org, client_id: client.client_id };
      const secrets = await ask(
        api.GET('/auth/v2/organizations/{org}/api-clients/{client_id}/secrets/', { params: { path } }),
      );
      const old = secrets.results.find(({ status }) => status === 'retiring');
      return { client, until: old?.expires_at ?? null };
    }),
  );
}
