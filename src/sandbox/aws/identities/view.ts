import { domainOf } from '../gate/names.ts';
import type { Aws, Dkim, Identity, MailFrom, Place } from '../state.ts';
import { followParent } from './replicas.ts';

/** Seconds with a fraction: how SES v2 writes every time. */
export function epochSeconds(ms: number): number {
  return ms / 1000;
}

/** Whether an identity itself is verified; records that vanished lately do not stop sending yet. */
export function isVerified({ verification }: Identity): boolean {
  return verification === 'SUCCESS' || verification === 'TEMPORARY_FAILURE';
}

/** The identities that could speak for a name, the most particular first: the address, its domain, the domains above. */
export function identitiesFor(place: Place, name: string): Identity[] {
  const labels = domainOf(name).split('.');
  const names = labels.slice(0, -1).map((_, index) => labels.slice(index).join('.'));
  const at = name.lastIndexOf('@');
  const exact = at > 0 ? [name.slice(0, at) + name.slice(at).toLowerCase()] : [];
  return [...exact, ...names].flatMap((known) => place.identities.get(known) ?? []);
}

/** VerifiedForSendingStatus: the identity or a domain above it is verified. */
export function maySend(place: Place, name: string): boolean {
  return identitiesFor(place, name).some(isVerified);
}

/** DkimAttributes as Create and Get answer them. */
export function dkimView(dkim: Dkim, type: Identity['type'], status = dkim.status) {
  if (type === 'EMAIL_ADDRESS')
    return { SigningEnabled: false, Status: 'NOT_STARTED', SigningAttributesOrigin: 'AWS_SES' };
  const view = {
    SigningEnabled: dkim.enabled,
    Status: status,
    Tokens: dkim.tokens,
    SigningAttributesOrigin: dkim.origin,
  };
  if (dkim.origin === 'EXTERNAL') return view;
  return {
    ...view,
    SigningHostedZone: dkim.zone,
    CurrentSigningKeyLength: dkim.current,
    NextSigningKeyLength: dkim.next,
    LastKeyGenerationTimestamp: epochSeconds(dkim.generatedAt),
  };
}

/** The answer of GetEmailIdentity. Members that SES leaves out until they mean something are left out. */
export function identityView(aws: Aws, place: Place, identity: Identity) {
  followParent(aws, place, identity);
  const { mailFrom, configurationSet } = identity;
  return {
    IdentityType: identity.type,
    FeedbackForwardingStatus: identity.feedbackForwarding,
    VerifiedForSendingStatus: maySend(place, identity.name),
    DkimAttributes: dkimView(identity.dkim, identity.type),
    ...(mailFrom ? { MailFromAttributes: mailFromView(mailFrom) } : {}),
    Policies: {},
    Tags: identity.tags,
    ...(configurationSet ? { ConfigurationSetName: configurationSet } : {}),
    VerificationStatus: identity.verification,
    ...verificationView(identity),
  };
}

function mailFromView({ domain, status, behavior }: MailFrom) {
  return { MailFromDomain: domain, MailFromDomainStatus: status, BehaviorOnMxFailure: behavior };
}

function verificationView({ lastChecked, lastSuccess, errorType, soa }: Identity) {
  if (lastChecked === undefined) return {};
  return {
    VerificationInfo: {
      LastCheckedTimestamp: epochSeconds(lastChecked),
      ...(lastSuccess === undefined ? {} : { LastSuccessTimestamp: epochSeconds(lastSuccess) }),
      ...(errorType ? { ErrorType: errorType } : {}),
      ...(soa
        ? { SOARecord: { PrimaryNameServer: soa.primary, AdminEmail: soa.admin, SerialNumber: soa.serial } }
        : {}),
    },
  };
}
