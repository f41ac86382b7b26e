import { AwsError, accessDenied, messageRejected } from '../gate/errors.ts';
import { domainOf } from '../gate/names.ts';
import { type Call, permission } from '../gate/operation.ts';
import type { Permission } from '../gate/policy.ts';
import { identitiesFor, isVerified, maySend } from '../identities/view.ts';
import { findConfigurationSet } from '../resources/configuration-sets.ts';
import { sendingStatusOf } from '../resources/reputation.ts';
import { findTenant } from '../resources/tenants.ts';
import { arnOf, type Identity, type Place } from '../state.ts';
import type { Draft } from './draft.ts';

/** The action that IAM is asked for, which is also `ses:operation` in events. */
export type SendAction = 'SendEmail' | 'SendRawEmail' | 'SendBulkEmail';

const SIMULATOR = 'simulator.amazonses.com';

/** The identity whose settings count for a sender: the most particular one that is verified. */
export function identityInEffect(place: Place, sender: string): Identity | undefined {
  return identitiesFor(place, sender).find(isVerified);
}

/** The configuration set that counts: the call's, else the identity's default. */
export function setInEffect(place: Place, draft: Draft): string | undefined {
  return draft.configurationSet || identityInEffect(place, draft.senders[0].address)?.configurationSet;
}

/** What IAM is asked for a send: identity, configuration set and template, as SendRawEmail where the content is Raw. */
export function asksToSend(action: SendAction, draft: Draft, feedback: string | undefined, call: Call): Permission[] {
  const { place } = call;
  const [sender] = draft.senders;
  const identity = identityInEffect(place, sender.address);
  const set = setInEffect(place, draft);
  const keys = {
    'ses:fromaddress': sender.address,
    ...(sender.name ? { 'ses:fromdisplayname': sender.name } : {}),
    'ses:recipients': draft.recipients.map(({ address }) => address),
    ...(feedback ? { 'ses:feedbackaddress': feedback } : {}),
    ...(draft.tenant && action !== 'SendRawEmail' ? { 'ses:tenantname': draft.tenant } : {}),
  };
  const identityArn = arnOf(place, 'identity', identity?.name ?? domainOf(sender.address));
  const ask = (arn: string, resource: Identity['tags'] | undefined) =>
    permission(action, arn, call, { resource }, keys);
  return [
    ask(identityArn, identity?.tags),
    ...(set ? [ask(arnOf(place, 'configuration-set', set), place.configurationSets.get(set)?.tags)] : []),
    ...(draft.template
      ? [ask(arnOf(place, 'template', draft.template), place.templates.get(draft.template)?.tags)]
      : []),
  ];
}

/**
 * Lets a draft pass that SES would send, or refuses it with SES's error.
 * @throws AwsError MessageRejected, NotFoundException, SendingPausedException, AccessDeniedException, MailFromDomainNotVerifiedException
 */
export function refuseSend(call: Call, draft: Draft): Identity {
  const { place } = call;
  const { account, region } = place;
  if (account.enforcement === 'SHUTDOWN')
    throw new AwsError('AccountSuspendedException', 400, 'Your account has been suspended from sending.');
  if (!account.sendingEnabled) throw paused('Email sending is disabled for your account.');
  const set = setInEffect(place, draft);
  if (set && !findConfigurationSet(call, set).sendingEnabled)
    throw paused(`Email sending is disabled for configuration set <${set}>.`);

  const unverified = draft.senders.filter(({ address }) => !maySend(place, address)).map(({ address }) => address);
  if (!account.productionAccess)
    for (const { address } of draft.recipients)
      if (domainOf(address) !== SIMULATOR && !maySend(place, address)) unverified.push(address);
  const identity = identityInEffect(place, draft.senders[0].address);
  if (unverified.length || !identity)
    throw messageRejected(
      `Email address is not verified. The following identities failed the check in region ${region.toUpperCase()}: ${[...new Set(unverified)].join(', ')}`,
    );

  if (draft.tenant !== undefined) refuseTenant(call, draft.tenant, draft.template, identity, set);
  const { mailFrom } = identity;
  if (mailFrom && mailFrom.status !== 'SUCCESS' && mailFrom.behavior === 'REJECT_MESSAGE')
    throw new AwsError(
      'MailFromDomainNotVerifiedException',
      400,
      `Could not send email because the MAIL FROM domain ${mailFrom.domain} is not verified: the MX record was not found.`,
    );
  return identity;
}

function refuseTenant(
  call: Call,
  name: string,
  template: string | undefined,
  identity: Identity,
  set: string | undefined,
): void {
  const tenant = findTenant(call, name);
  const needed = [
    arnOf(call.place, 'identity', identity.name),
    ...(set ? [arnOf(call.place, 'configuration-set', set)] : []),
    ...(template ? [arnOf(call.place, 'template', template)] : []),
  ];
  const missing = needed.filter((arn) => !tenant.resources.has(arn));
  if (missing.length) throw accessDenied(`Tenant not associated with resources [${missing.join(', ')}].`);
  if (sendingStatusOf(tenant) === 'DISABLED') throw paused(`Email sending is disabled for tenant ${name}.`);
}

function paused(message: string): AwsError {
  return new AwsError('SendingPausedException', 400, message);
}
