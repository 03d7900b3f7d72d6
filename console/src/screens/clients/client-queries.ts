import { useQuery } from '@tanstack/react-query';
import type { ApiClient } from '../../../../client/schema.ts';
import { api, ask, askWithEtag } from '../../api.ts';
import { queryClient } from '../../query-client.ts';

const LIST_MAX = 100;

/** After a change: all that was read of API clients is read again. */
export function refreshClients(org: string): Promise<void> {
  return queryClient.invalidateQueries({ queryKey: ['clients', org] });
}

export function useClient(org: string, clientId: string) {
  return useQuery({
    queryKey: ['clients', org, 'one', clientId],
    queryFn: () =>
      askWithEtag(
        api.GET('/auth/v2/organizations/{org}/api-clients/{client_id}/', {
          params: { path: { org, client_id: clientId } },
        }),
      ),
  });
}

/** The first hundred: enough to choose from, and to name what is seen. */
export function useApplications(org: string) {
  return useQuery({
    queryKey: ['applications', org, 'names'],
    queryFn: () =>
      ask(
        api.GET('/auth/v2/organizations/{org}/applications/', {
          params: { path: { org }, query: { limit: LIST_MAX } },
        }),
      ),
    select: ({ results }) => results,
  });
}

/** The application of a client; `data` is null where it has none. */
export function useApplicationOf(org: string, { application_id: app }: Pick<ApiClient, 'application_id'>) {
  return useQuery({
    queryKey: ['applications', org, 'of', app],
    queryFn: () =>
      app === null
        ? null
        : ask(api.GET('/auth/v2/organizations/{org}/applications/{app}/', { params: { path: { org, app } } })),
  });
}

export function usePermissions() {
  return useQuery({
    queryKey: ['permissions'],
    queryFn: () => ask(api.GET('/auth/v2/permissions/')),
    select: ({ results }) => results,
    staleTime: 300_000,
  });
}

export function usePolicy(org: string) {
  return useQuery({
    queryKey: ['policy', org],
    queryFn: () => ask(api.GET('/auth/v2/organizations/{org}/credential-policy/', { params: { path: { org } } })),
  });
}

export function useSecrets(org: string, clientId: string) {
  return useQuery({
    queryKey: ['clients', org, 'secrets', clientId],
    queryFn: () =>
      ask(
        api.GET('/auth/v2/organizations/{org}/api-clients/{client_id}/secrets/', {
          params: { path: { org, client_id: clientId }, query: { limit: LIST_MAX } },
        }),
      ),
    select: ({ results }) => results,
  });
}

export function useUsage(org: string, clientId: string, days: number) {
  return useQuery({
    queryKey: ['clients', org, 'usage', clientId, days],
    queryFn: () =>
      ask(
        api.GET('/auth/v2/organizations/{org}/api-clients/{client_id}/usage/', {
          params: { path: { org, client_id: clientId }, query: { days } },
        }),
      ),
  });
}
