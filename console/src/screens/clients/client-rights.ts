import type { ApiClient } from '../../../../client/schema.ts';
import { useOrganization } from '../../session.tsx';
import { useApplicationOf } from './client-queries.ts';

/** What the person may do to one API client. */
export interface ClientRights {
  /** Name, description, redirect URLs. */
  mayChange: boolean;
  /** Secret, status, permissions, addresses, end: of a primary client they are an admin’s. */
  mayControl: boolean;
  /** It is the client of its application, and goes only with it. */
  isPrimary: boolean;
}

export function useClientRights(client: ApiClient): ClientRights {
  const { uuid: org, may } = useOrganization();
  const application = useApplicationOf(org, client).data;
  const isPrimary = application?.client_id === client.client_id;
  // Until it is known, a client of an application is taken for its primary one.
  const isPerhapsPrimary = client.application_id !== null && (application === undefined || isPrimary);
  return {
    isPrimary,
    mayChange: may('changeClients'),
    mayControl: may(isPerhapsPrimary ? 'changePrimaryClients' : 'changeClients'),
  };
}
