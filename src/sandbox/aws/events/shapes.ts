import { makeMessageId } from '../sending/message-id.ts';
import type { SentMessage } from './sent-message.ts';

/** The member of an event that is named after its kind: { bounce: {…} }. Times are sandbox milliseconds. */
export type Detail = Readonly<Record<string, unknown>>;

/** One recipient of a bounce; what a delivery status notification says only where there was one. */
export interface Bounced {
  readonly emailAddress: string;
  readonly action?: string;
  readonly status?: string;
  readonly diagnosticCode?: string;
}

/** `bounceType` and `bounceSubType`, whom it hit, and who reported it. */
export interface BounceInput {
  readonly type: 'Permanent' | 'Transient' | 'Undetermined';
  readonly subType: string;
  readonly recipients: readonly Bounced[];
  readonly reportingMTA?: string;
}

const MTA = 'a8-31.smtp-out.amazonses.com';

/** The simulator's own words of a mailbox that is not there. */
export const USER_UNKNOWN = { action: 'failed', status: '5.1.1', diagnosticCode: 'smtp; 550 5.1.1 user unknown' };

/** Accepted: an empty member. */
export function send(): Detail {
  return { send: {} };
}

/** Taken by the other side, in its words. */
export function delivery(
  { at }: SentMessage,
  now: number,
  recipients: readonly string[],
  smtpResponse: string,
): Detail {
  return {
    delivery: {
      timestamp: iso(now),
      processingTimeMillis: Math.max(1, Math.round(now - at)),
      recipients,
      smtpResponse,
      reportingMTA: MTA,
    },
  };
}

/** A bounce, and the feedback id that it is told apart by. */
export function bounce(
  { place }: SentMessage,
  now: number,
  given: BounceInput,
): { detail: Detail; feedbackId: string } {
  const feedbackId = makeMessageId(place.region, now);
  const { type, subType, recipients, reportingMTA } = given;
  const detail = {
    bounce: {
      bounceType: type,
      bounceSubType: subType,
      bouncedRecipients: recipients,
      timestamp: iso(now),
      feedbackId,
      ...(reportingMTA === undefined ? {} : { reportingMTA }),
    },
  };
  return { detail, feedbackId };
}

/** A complaint: what the report says only where a report came with it. */
export function complaint(
  { place, at }: SentMessage,
  now: number,
  recipients: readonly string[],
  given: { readonly feedbackType?: string | undefined; readonly subType?: string | undefined },
): { detail: Detail; feedbackId: string } {
  const feedbackId = makeMessageId(place.region, now);
  const report = given.feedbackType && {
    userAgent: 'Amazon SES Mailbox Simulator',
    complaintFeedbackType: given.feedbackType,
    arrivalDate: iso(at),
  };
  const detail = {
    complaint: {
      complainedRecipients: recipients.map((emailAddress) => ({ emailAddress })),
      timestamp: iso(now),
      feedbackId,
      complaintSubType: given.subType ?? null,
      ...report,
    },
  };
  return { detail, feedbackId };
}

/** Taken on, and not sent for a virus: the only reason that there is. */
export function reject(): Detail {
  return { reject: { reason: 'Bad content' } };
}

/** The pixel was loaded. */
export function open(now: number): Detail {
  return { open: { ipAddress: '192.0.2.1', timestamp: iso(now), userAgent: 'Mozilla/5.0 (sandbox)' } };
}

/** A link was followed; `linkTags` may be null. */
export function click(now: number, link: string, linkTags: unknown): Detail {
  const timestamp = iso(now);
  return { click: { ipAddress: '192.0.2.1', timestamp, userAgent: 'Mozilla/5.0 (sandbox)', link, linkTags } };
}

/** `eventType` is "Rendering Failure", the member `failure`. */
export function renderingFailure(errorMessage: string, templateName: string | undefined): Detail {
  return { failure: { errorMessage, ...(templateName === undefined ? {} : { templateName }) } };
}

/** Not yet: tried again for up to 14 hours. */
export function deliveryDelay(now: number, delayType: string, recipients: readonly Bounced[]): Detail {
  const delayedRecipients = recipients.map(({ action: _failed, ...delayed }) => delayed);
  const expirationTime = iso(now + 14 * 3_600_000);
  return { deliveryDelay: { timestamp: iso(now), delayType, expirationTime, delayedRecipients, reportingMTA: MTA } };
}

/** Somebody left a topic by the header; what was and what is. */
export function subscription(now: number, contactList: string, topicName: string): Detail {
  const topics = (subscriptionStatus: string) => [{ topicName, subscriptionStatus }];
  return {
    subscription: {
      contactList,
      timestamp: iso(now),
      source: 'UnsubscribeHeader',
      newTopicPreferences: { unsubscribeAll: true, topicSubscriptionStatus: topics('OptOut') },
      oldTopicPreferences: { unsubscribeAll: false, topicSubscriptionStatus: topics('OptIn') },
    },
  };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
