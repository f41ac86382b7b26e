import { z } from 'zod';
import { badRequest } from '../gate/errors.ts';
import { resourceName } from '../gate/names.ts';
import type { Place } from '../state.ts';

/** Kinds of event as destinations name them, and as events call themselves (`eventType`). */
export const EVENT_TYPES = {
  SEND: 'Send',
  REJECT: 'Reject',
  BOUNCE: 'Bounce',
  COMPLAINT: 'Complaint',
  DELIVERY: 'Delivery',
  OPEN: 'Open',
  CLICK: 'Click',
  RENDERING_FAILURE: 'Rendering Failure',
  DELIVERY_DELAY: 'DeliveryDelay',
  SUBSCRIPTION: 'Subscription',
} as const;

/** 'SEND', 'BOUNCE' … */
export type MatchingType = keyof typeof EVENT_TYPES;

const types = z.enum(Object.keys(EVENT_TYPES) as [MatchingType, ...MatchingType[]]);
const dimension = z.object({
  DimensionName: z.string().regex(/^[A-Za-z0-9_-]{1,255}$/),
  DimensionValueSource: z.enum(['MESSAGE_TAG', 'EMAIL_HEADER', 'LINK_TAG']),
  DefaultDimensionValue: z.string().regex(/^[A-Za-z0-9_@.-]{1,255}$/),
});
const KINDS = [
  'SnsDestination',
  'EventBridgeDestination',
  'KinesisFirehoseDestination',
  'CloudWatchDestination',
  'PinpointDestination',
] as const;

/** What is asked for: which events, and exactly one place for them to go. */
export const destinationSchema = z.object({
  Enabled: z.boolean().optional(),
  MatchingEventTypes: z.array(types).min(1),
  SnsDestination: z.object({ TopicArn: z.string() }).optional(),
  EventBridgeDestination: z.object({ EventBusArn: z.string() }).optional(),
  KinesisFirehoseDestination: z.object({ IamRoleArn: z.string(), DeliveryStreamArn: z.string() }).optional(),
  CloudWatchDestination: z.object({ DimensionConfigurations: z.array(dimension).min(1).max(10) }).optional(),
  PinpointDestination: z.object({ ApplicationArn: z.string().optional() }).optional(),
});

/** An event destination of a configuration set. */
export interface EventDestination extends Omit<z.output<typeof destinationSchema>, 'Enabled'> {
  readonly Name: string;
  readonly Enabled: boolean;
}

/** A destination that is there already, with its name. */
export const destinationSeed = destinationSchema.extend({ Name: resourceName, Enabled: z.boolean().default(true) });

/**
 * Refuses a destination that SES could not publish to: not exactly one kind, a FIFO topic or one of another Region, a bus that
 * is not the default one, a role or stream that is none.
 * @throws AwsError BadRequestException
 */
export function refuseUnusable(
  place: Place,
  given: z.output<typeof destinationSchema>,
  unreachable: readonly string[],
): void {
  const kinds = KINDS.filter((kind) => given[kind]);
  if (kinds.length !== 1)
    throw badRequest(
      `An event destination must have exactly one of ${KINDS.slice(0, 4).join(', ')}; it has ${kinds.length}.`,
    );
  const { region, accountId } = place;
  const topic = given.SnsDestination?.TopicArn;
  if (topic !== undefined && !new RegExp(`^arn:aws:sns:${region}:\\d{12}:[A-Za-z0-9_-]{1,256}$`).test(topic))
    throw badRequest(`Invalid SNS topic <${topic}>: it must be a standard topic of ${region}.`);
  if (topic !== undefined && unreachable.includes(topic))
    throw badRequest(`Could not publish to SNS topic <${topic}>.`);
  const bus = given.EventBridgeDestination?.EventBusArn;
  if (bus !== undefined && bus !== `arn:aws:events:${region}:${accountId}:event-bus/default`)
    throw badRequest(`Invalid event bus <${bus}>: it must be the default bus of ${region}.`);
  const { IamRoleArn = '', DeliveryStreamArn = '' } = given.KinesisFirehoseDestination ?? {};
  if (given.KinesisFirehoseDestination && !/^arn:aws:iam::\d{12}:role\/.+$/.test(IamRoleArn))
    throw badRequest(`Invalid IAM role <${IamRoleArn}>.`);
  if (given.KinesisFirehoseDestination && !DeliveryStreamArn.startsWith(`arn:aws:firehose:${region}:`))
    throw badRequest(`Invalid delivery stream <${DeliveryStreamArn}>.`);
  if (given.PinpointDestination) throw badRequest('Amazon Pinpoint has reached the end of its life.');
}
