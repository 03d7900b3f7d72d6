/** What is bounded, and how much of it there may be; 0 bounds nothing. */
export const defaultQuotas = {
  /** That one user owns. */
  organizations: 20,
  /** Of one organization, as are all below. */
  applications: 100,
  api_clients: 10_000,
  members: 1_000,
  pending_invitations: 100,
};

export type QuotaName = keyof typeof defaultQuotas;
export type Quotas = Readonly<Record<QuotaName, number>>;
