import type { AuditTarget } from '../../changes/audit-event.ts';
import type { Application, ApplicationProfile } from './application-repository.ts';

/** An application as audit events name it. */
export function targetOf({ id, name }: Pick<Application, 'id' | 'name'>): AuditTarget {
  return { type: 'application', id, name };
}

/** What audit events show of an application. */
export function shownOf(profile: ApplicationProfile) {
  return {
    name: profile.name,
    website_url: profile.websiteUrl,
    redirect_uris: profile.redirectUris,
    terms_url: profile.termsUrl,
    privacy_url: profile.privacyUrl,
    description: profile.description,
  };
}
