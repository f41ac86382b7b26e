import { randomUUID } from 'node:crypto';
import { valuesOf } from '../sending/mime.ts';
import { type Aws, arnOf, type Place } from '../state.ts';
import { EVENT_TYPES, type EventDestination, type MatchingType } from './destination.ts';
import type { LoggedEvent } from './event-log.ts';
import { mailObject, type SentMessage } from './sent-message.ts';
import type { Detail } from './shapes.ts';
import { snsNotification } from './sns-envelope.ts';

const TEST = 'Successfully validated SNS topic for Amazon SES event publishing.';

const DETAIL_TYPES: Readonly<Record<MatchingType, string>> = {
  SEND: 'Email Sent',
  DELIVERY: 'Email Delivered',
  BOUNCE: 'Email Bounced',
  COMPLAINT: 'Email Complaint Received',
  REJECT: 'Email Rejected',
  OPEN: 'Email Opened',
  CLICK: 'Email Clicked',
  RENDERING_FAILURE: 'Email Rendering Failed',
  DELIVERY_DELAY: 'Email Delivery Delayed',
  SUBSCRIPTION: 'Email Subscribed',
};

/**
 * Tells what became of a message: logged always, and in the form of each destination of its configuration set that asks for it.
 * Opens and clicks are seen only where a destination asks for them. Says whether there was anything to tell.
 */
export function publish(aws: Aws, message: SentMessage, type: MatchingType, detail: Detail): boolean {
  const { place, set } = message;
  const destinations = [...(place.configurationSets.get(set ?? '')?.eventDestinations.values() ?? [])].filter(
    ({ Enabled, MatchingEventTypes }) => Enabled && MatchingEventTypes.includes(type),
  );
  if ((type === 'OPEN' || type === 'CLICK') && destinations.length === 0) return false;
  const event = { eventType: EVENT_TYPES[type], mail: mailObject(message, type), ...detail };
  const now = aws.world.clock.now();
  aws.events.queue(async () => ({
    account: place.accountId,
    region: place.region,
    configurationSet: set,
    eventType: EVENT_TYPES[type],
    messageId: message.id,
    event,
    destinations: await Promise.all(
      destinations.map((destination) => inItsForm(aws, message, type, destination, event, now)),
    ),
  }));
  return true;
}

/** The plain text that a new SNS destination gets first. */
export function publishTest(aws: Aws, place: Place, set: string, topicArn: string): void {
  const now = aws.world.clock.now();
  aws.events.queue(async () => ({
    account: place.accountId,
    region: place.region,
    configurationSet: set,
    eventType: 'Test',
    event: TEST,
    destinations: [
      { name: topicArn, kind: 'sns', delivered: snsNotification(topicArn, TEST, now, await aws.snsKey()) },
    ],
  }));
}

/** What travels to one destination. */
async function inItsForm(
  aws: Aws,
  message: SentMessage,
  type: MatchingType,
  destination: EventDestination,
  event: unknown,
  now: number,
): Promise<LoggedEvent['destinations'][number]> {
  const { Name: name, SnsDestination, EventBridgeDestination, KinesisFirehoseDestination } = destination;
  const text = JSON.stringify(event);
  if (SnsDestination) {
    const { TopicArn } = SnsDestination;
    // A topic that can't be reached any more is missed in silence.
    if (aws.switches.unreachableTopics.includes(TopicArn)) return { name, kind: 'sns' };
    return { name, kind: 'sns', delivered: snsNotification(TopicArn, text, now, await aws.snsKey()) };
  }
  if (EventBridgeDestination)
    return { name, kind: 'eventbridge', delivered: eventBridgeEvent(message, type, event, now) };
  if (KinesisFirehoseDestination) return { name, kind: 'firehose', delivered: `${text}\n` };
  return { name, kind: 'cloudwatch', delivered: metric(message, type, destination) };
}

function eventBridgeEvent({ place, set }: SentMessage, type: MatchingType, detail: unknown, now: number) {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': DETAIL_TYPES[type],
    source: 'aws.ses',
    account: place.accountId,
    time: `${new Date(now).toISOString().slice(0, 19)}Z`,
    region: place.region,
    resources: set ? [arnOf(place, 'configuration-set', set)] : [],
    detail,
  };
}

function metric({ draft, mime }: SentMessage, type: MatchingType, { CloudWatchDestination }: EventDestination) {
  const dimensions = (CloudWatchDestination?.DimensionConfigurations ?? []).map((dimension) => {
    const { DimensionName: name, DimensionValueSource: source, DefaultDimensionValue } = dimension;
    const tag = source === 'MESSAGE_TAG' ? draft.tags.find(({ Name }) => Name === name)?.Value : undefined;
    const header = source === 'EMAIL_HEADER' && mime ? valuesOf(mime, name)[0] : undefined;
    return [name, tag ?? header ?? DefaultDimensionValue];
  });
  const name = EVENT_TYPES[type].replace(' ', '');
  return { namespace: 'AWS/SES', metric: name, dimensions: Object.fromEntries(dimensions) };
}
