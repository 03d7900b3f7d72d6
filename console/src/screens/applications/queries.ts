import { useQuery } from '@tanstack/react-query';
import type { ApiClient, Application } from '../../../../client/schema.ts';
import { api, ask, askWithEtag } from '../../api.ts';
import { useList } from '../../parts/list.tsx';
import { queryClient } from '../../query-client.ts';

/** The most that one request asks for. */
const COUNTED = 100;

export function useApplications(org: string) {
  return useList<Application>({
    queryKey: ['applications', org, 'list'],
    read: (page) =>
      ask(api.GET('/auth/v2/organizations/{org}/applications/', { params: { path: { org }, query: page } })),
  });
}

export function useApplication(org: string, app: string) {
  return useQuery({
    queryKey: ['applications', org, app],
    queryFn: () =>
      askWithEtag(api.GET('/auth/v2/organizations/{org}/applications/{app}/', { params: { path: { org, app } } })),
  });
}

export function useApplicationUsage(org: string, app: string) {
  return useQuery({
    queryKey: ['usage', org, 'application', app],
    queryFn: () =>
      ask(api.GET('/auth/v2/organizations/{org}/applications/{app}/usage/', { params: { path: { org, app } } })),
  });
}

/** The API clients of an application, page by page. */
export function useApplicationClients(org: string, app: string) {
  return useList<ApiClient>({
    queryKey: ['clients', org, 'of', app],
    read: (page) =>
      ask(
        api.GET('/auth/v2/organizations/{org}/api-clients/', {
          params: { path: { org }, query: { ...page, application_id: app } },
        }),
      ),
  });
}

/** Those that go along with it: the first hundred, and whether there are more. */
export function useClientsAlong(org: string, app: string) {
  return useQuery({
    queryKey: ['clients', org, 'along', app],
    queryFn: () =>
      ask(
        api.GET('/auth/v2/organizations/{org}/api-clients/', {
          params: { path: { org }, query: { application_id: app, limit: COUNTED } },
        }),
      ),
    staleTime: 0,
  });
}

/** After a change of an application: its primary client is an API client like others. */
export async function forgetApplications(org: string): Promise<void> {
  await Promise.all(
    ['applications', 'clients'].map((kind) => queryClient.invalidateQueries({ queryKey: [kind, org] })),
  );
}
