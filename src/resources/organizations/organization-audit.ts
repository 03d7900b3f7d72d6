import { changesBetween } from '../../changes/audit-changes.ts';
import type { AuditEvent, AuditTarget } from '../../changes/audit-event.ts';
import type { Organization } from './organization-repository.ts';

type Named = Pick<Organization, 'id' | 'name'>;
type Shown = Pick<Organization, 'name' | 'contactEmail'>;

/** An organization as audit events name it. */
export function organizationTarget({ id, name }: Named): AuditTarget {
  return { type: 'organization', id, name };
}

/** What audit events show of an organization. */
export function shownOf({ name, contactEmail }: Shown) {
  return { name, contact_email: contactEmail };
}

/** The first event of the organization's chain. */
export function organizationCreated(organization: Named & Shown): AuditEvent {
  return {
    action: 'organization.create',
    chain: { type: 'organization', id: organization.id },
    target: organizationTarget(organization),
    changes: changesBetween(null, shownOf(organization)),
  };
}
