import { domainOf } from '../gate/names.ts';
import type { Delivered } from '../sending/post.ts';
import type { Aws } from '../state.ts';
import { listed, type Reason, type Suppressed, suppressedBy, suppressionOf } from '../suppression/list.ts';
import { publish } from './publish.ts';
import type { SentMessage } from './sent-message.ts';
import * as shapes from './shapes.ts';

const SIMULATOR = 'simulator.amazonses.com';

/** What happens to one recipient: mail goes out, or what happens instead. */
type Fate = 'deliver' | 'ooto' | 'complaint' | 'bounce' | 'global' | Suppressed;

/** Recipients by what will happen to them, decided before anything is delivered. */
export type Fates = ReadonlyMap<string, Fate>;

/** Decides for each recipient: on a list in effect, one of the mailbox simulator's, or a mailbox somewhere. */
export function fatesOf({ place, draft, set }: SentMessage): Fates {
  const suppression = suppressionOf(place, draft, set);
  return new Map(
    draft.recipients.map(({ address }): [string, Fate] => [
      address,
      simulated(address) ?? suppressedBy(suppression, address) ?? 'deliver',
    ]),
  );
}

/** Those that mail is really sent to. */
export function toDeliver(fates: Fates): string[] {
  return [...fates].filter(([, fate]) => ['deliver', 'ooto', 'complaint'].includes(String(fate))).map(([to]) => to);
}

/** Tells what became of a message at each recipient, and puts on the list whom it bounced from. */
export function tellOutcomes(aws: Aws, message: SentMessage, fates: Fates, delivered: Delivered): void {
  const now = aws.world.clock.now();
  const those = (wanted: Fate) => [...fates].filter(([, fate]) => fate === wanted).map(([to]) => to);
  const { accepted, response, failed } = delivered;
  if (accepted.length) publish(aws, message, 'DELIVERY', shapes.delivery(message, now, accepted, response));
  for (const [address, fate] of fates) if (typeof fate === 'object') tellSuppressed(aws, message, address, fate.reason);
  const unknown = those('bounce').map((emailAddress) => ({ emailAddress, ...shapes.USER_UNKNOWN }));
  if (unknown.length)
    tellBounce(aws, message, {
      type: 'Permanent',
      subType: 'General',
      recipients: unknown,
      reportingMTA: 'dns; simulator.amazonses.com',
    });
  const global = those('global').map((emailAddress) => ({
    emailAddress,
    action: 'failed',
    status: '5.1.1',
    diagnosticCode:
      'Amazon SES has suppressed sending to this address because it has a recent history of bouncing as an invalid address.',
  }));
  if (global.length)
    tellBounce(aws, message, {
      type: 'Permanent',
      subType: 'Suppressed',
      recipients: global,
      reportingMTA: 'dns; amazonses.com',
    });
  const away = those('ooto')
    .filter((to) => accepted.includes(to))
    .map((emailAddress) => ({ emailAddress }));
  if (away.length) tellBounce(aws, message, { type: 'Transient', subType: 'General', recipients: away });
  const angry = those('complaint').filter((to) => accepted.includes(to));
  if (angry.length)
    publish(aws, message, 'COMPLAINT', shapes.complaint(message, now, angry, { feedbackType: 'abuse' }).detail);
  for (const { address, code, text } of failed) {
    const status = /\b([45]\.\d{1,3}\.\d{1,3})\b/.exec(text)?.[1] ?? (code >= 500 ? '5.0.0' : '4.4.1');
    const recipient = { emailAddress: address, action: 'failed', status, diagnosticCode: `smtp; ${text}` };
    if (code >= 500) hardBounce(aws, message, recipient);
    else
      publish(
        aws,
        message,
        'DELIVERY_DELAY',
        shapes.deliveryDelay(now, code ? 'RecipientServerError' : 'TransientCommunicationFailure', [recipient]),
      );
  }
}

/** A mailbox that is not there: told, and kept from being written to again where bounces are. */
export function hardBounce(aws: Aws, message: SentMessage, recipient: shapes.Bounced): void {
  const feedbackId = tellBounce(aws, message, {
    type: 'Permanent',
    subType: 'General',
    recipients: [recipient],
    reportingMTA: 'dns; inbox.sandbox.test',
  });
  suppress(aws, message, recipient.emailAddress, 'BOUNCE', feedbackId);
}

/** Puts an address on the list in effect, if its reason counts and it is none of the simulator's. */
export function suppress(
  aws: Aws,
  { place, draft, set, id }: SentMessage,
  address: string,
  reason: Reason,
  feedbackId: string,
): void {
  const { reasons, list } = suppressionOf(place, draft, set);
  if (!reasons.includes(reason) || simulated(address)) return;
  const entry = { address: listed(address), reason, at: aws.world.clock.now(), messageId: id, feedbackId };
  list.set(entry.address, entry);
}

/** Publishes a bounce and gives its feedback id. */
export function tellBounce(aws: Aws, message: SentMessage, given: shapes.BounceInput): string {
  const { detail, feedbackId } = shapes.bounce(message, aws.world.clock.now(), given);
  publish(aws, message, 'BOUNCE', detail);
  return feedbackId;
}

function tellSuppressed(aws: Aws, message: SentMessage, address: string, reason: Reason): void {
  const { scope } = suppressionOf(message.place, message.draft, message.set);
  const subType = scope === 'TENANT' ? 'OnTenantSuppressionList' : 'OnAccountSuppressionList';
  const whose = scope === 'TENANT' ? 'tenant' : 'account';
  if (reason === 'COMPLAINT') {
    const now = aws.world.clock.now();
    publish(aws, message, 'COMPLAINT', shapes.complaint(message, now, [address], { subType }).detail);
    return;
  }
  const diagnosticCode = `Amazon SES did not send the message to this address because it is on the suppression list for your ${whose}.`;
  const recipient = { emailAddress: address, action: 'failed', status: '5.1.1', diagnosticCode };
  tellBounce(aws, message, { type: 'Permanent', subType, recipients: [recipient], reportingMTA: 'dns; amazonses.com' });
}

function simulated(address: string): Fate | undefined {
  if (domainOf(address) !== SIMULATOR) return undefined;
  const box = address.slice(0, address.lastIndexOf('@')).toLowerCase().split('+')[0] ?? '';
  if (box === 'bounce' || box === 'ooto' || box === 'complaint') return box;
  return box === 'suppressionlist' ? 'global' : 'deliver';
}
