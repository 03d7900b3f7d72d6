import { useQuery } from '@tanstack/react-query';

/** What the service tells of itself before anybody is logged in. */
interface Deployment {
  /** Where mails lie as files, where nobody sends them. */
  outbox: string | null;
  needs_https: boolean;
  trusted_issuer: string | null;
}

const usual: Deployment = { outbox: null, needs_https: false, trusted_issuer: null };

/** The usual one until it is known, and where it cannot be read: nothing depends on it but hints. */
export function useDeployment(): Deployment {
  return useDeploymentQuery().data ?? usual;
}

export function useDeploymentQuery() {
  return useQuery({
    queryKey: ['deployment'],
    staleTime: Infinity,
    queryFn: async () => (await (await fetch('/console/deployment.json')).json()) as Deployment,
  });
}
