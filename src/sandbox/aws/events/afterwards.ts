import { z } from 'zod';
import type { Aws } from '../state.ts';
import { hardBounce, suppress, tellBounce } from './outcomes.ts';
import { publish } from './publish.ts';
import type { SentMessage } from './sent-message.ts';
import * as shapes from './shapes.ts';

const base = { messageId: z.string(), recipients: z.array(z.string()).optional() };

/** What a test lets happen to a message that was sent. */
export const afterwardsSchema = z.discriminatedUnion('eventType', [
  z.strictObject({ ...base, eventType: z.literal('Send') }),
  z.strictObject({ ...base, eventType: z.literal('Reject') }),
  z.strictObject({ ...base, eventType: z.literal('Delivery') }),
  z.strictObject({
    ...base,
    eventType: z.literal('Bounce'),
    bounceType: z.enum(['Permanent', 'Transient', 'Undetermined']).default('Permanent'),
    bounceSubType: z.string().default('General'),
    /** Whether the other side sent a delivery status notification. */
    dsn: z.boolean().default(true),
  }),
  z.strictObject({
    ...base,
    eventType: z.literal('Complaint'),
    /** Absent where no report came with it. */
    complaintFeedbackType: z.enum(['abuse', 'auth-failure', 'fraud', 'not-spam', 'other', 'virus']).optional(),
  }),
  z.strictObject({ ...base, eventType: z.literal('Open') }),
  z.strictObject({
    ...base,
    eventType: z.literal('Click'),
    link: z.string(),
    linkTags: z.record(z.string(), z.array(z.string())).nullable().default(null),
  }),
  z.strictObject({
    ...base,
    eventType: z.literal('Rendering Failure'),
    errorMessage: z.string(),
    templateName: z.string().optional(),
  }),
  z.strictObject({
    ...base,
    eventType: z.literal('DeliveryDelay'),
    delayType: z.string().default('TransientCommunicationFailure'),
  }),
  z.strictObject({ ...base, eventType: z.literal('Subscription'), contactList: z.string(), topicName: z.string() }),
]);

/** Publishes it, days after the send if need be; says whether a destination could be told. @throws RangeError for an unknown message */
export function happen(aws: Aws, given: z.output<typeof afterwardsSchema>): { published: boolean } {
  const message = aws.messages.get(given.messageId);
  if (!message) throw new RangeError(`no message ${given.messageId} was sent lately`);
  return { published: tell(aws, message, given) };
}

function tell(aws: Aws, message: SentMessage, given: z.output<typeof afterwardsSchema>): boolean {
  const now = aws.world.clock.now();
  const recipients = given.recipients ?? message.draft.recipients.map(({ address }) => address);
  switch (given.eventType) {
    case 'Send':
      return publish(aws, message, 'SEND', shapes.send());
    case 'Reject':
      return publish(aws, message, 'REJECT', shapes.reject());
    case 'Delivery':
      return publish(aws, message, 'DELIVERY', shapes.delivery(message, now, recipients, '250 2.6.0 Message received'));
    case 'Bounce':
      return bounce(aws, message, given, recipients);
    case 'Complaint': {
      const feedbackType = given.complaintFeedbackType;
      const { detail, feedbackId } = shapes.complaint(message, now, recipients, { feedbackType });
      for (const address of recipients)
        if (feedbackType !== 'not-spam') suppress(aws, message, address, 'COMPLAINT', feedbackId);
      return publish(aws, message, 'COMPLAINT', detail);
    }
    case 'Open':
      return publish(aws, message, 'OPEN', shapes.open(now));
    case 'Click':
      return publish(aws, message, 'CLICK', shapes.click(now, given.link, given.linkTags));
    case 'Rendering Failure':
      return publish(
        aws,
        message,
        'RENDERING_FAILURE',
        shapes.renderingFailure(given.errorMessage, given.templateName ?? message.draft.template),
      );
    case 'DeliveryDelay': {
      const status = { status: '4.4.1', diagnosticCode: 'smtp; 421 4.4.1 Unable to connect to remote host' };
      const delayed = recipients.map((emailAddress) => ({ emailAddress, ...status }));
      return publish(aws, message, 'DELIVERY_DELAY', shapes.deliveryDelay(now, given.delayType, delayed));
    }
    case 'Subscription':
      return publish(aws, message, 'SUBSCRIPTION', shapes.subscription(now, given.contactList, given.topicName));
  }
}

function bounce(
  aws: Aws,
  message: SentMessage,
  { bounceType, bounceSubType, dsn }: { bounceType: shapes.BounceInput['type']; bounceSubType: string; dsn: boolean },
  recipients: readonly string[],
): boolean {
  const bounced = recipients.map((emailAddress) => ({ emailAddress, ...(dsn ? shapes.USER_UNKNOWN : {}) }));
  if (bounceType === 'Permanent' && bounceSubType === 'General' && dsn) {
    for (const recipient of bounced) hardBounce(aws, message, recipient);
    return true;
  }
  tellBounce(aws, message, {
    type: bounceType,
    subType: bounceSubType,
    recipients: bounced,
    ...(dsn ? { reportingMTA: 'dsn; mta.example.com' } : {}),
  });
  return true;
}
