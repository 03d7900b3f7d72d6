import { queryOptions, useQuery } from '@tanstack/react-query';
import type { Invitation, Member, PolicyViolation } from '../../../../client/schema.ts';
import { api, ask, askWithEtag } from '../../api.ts';
import { useList } from '../../parts/list.tsx';

export function useOrganizationRecord(org: string) {
  return useQuery({
    queryKey: ['organization', org],
    queryFn: () => askWithEtag(api.GET('/auth/v2/organizations/{org}/', { params: { path: { org } } })),
  });
}

export function readPolicy(org: string) {
  return queryOptions({
    queryKey: ['policy', org, 'itself'],
    queryFn: () =>
      askWithEtag(api.GET('/auth/v2/organizations/{org}/credential-policy/', { params: { path: { org } } })),
  });
}

export function useViolations(org: string) {
  return useList<PolicyViolation>({
    queryKey: ['policy', org, 'violations'],
    read: (page) =>
      ask(
        api.GET('/auth/v2/organizations/{org}/credential-policy/violations/', {
          params: { path: { org }, query: page },
        }),
      ),
  });
}

export function useMembers(org: string) {
  return useList<Member>({
    queryKey: ['members', org, 'list'],
    read: (page) =>
      ask(
        api.GET('/auth/v2/organizations/{org}/members/', {
          params: { path: { org }, query: { ...page, order: 'oldest' } },
        }),
      ),
  });
}

export function useInvitations(org: string) {
  return useList<Invitation>({
    queryKey: ['members', org, 'pending'],
    read: (page) =>
      ask(api.GET('/auth/v2/organizations/{org}/members/pending/', { params: { path: { org }, query: page } })),
  });
}
