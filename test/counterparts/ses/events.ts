import {
  CreateConfigurationSetEventDestinationCommand,
  type SESv2Client,
  SendEmailCommand,
  type SendEmailRequest,
} from '@aws-sdk/client-sesv2';
import type { Desk } from './desk.ts';

/** What SES told of messages, as the control server gives it. */
export interface Told {
  readonly n: number;
  readonly region: string;
  readonly eventType: string;
  readonly messageId?: string;
  readonly event: { readonly eventType: string; readonly mail: Record<string, unknown> } & Record<string, unknown>;
  readonly destinations: readonly { readonly name: string; readonly kind: string; readonly delivered?: unknown }[];
}

/** Sends a plain message from `me@live.test`; gives its id. */
export async function sendPlain(
  ses: SESv2Client,
  to: readonly string[],
  more: Partial<SendEmailRequest> = {},
): Promise<string> {
  const { MessageId = '' } = await ses.send(
    new SendEmailCommand({
      FromEmailAddress: 'Me <me@live.test>',
      Destination: { ToAddresses: [...to] },
      Content: { Simple: { Subject: { Data: 'Hello' }, Body: { Text: { Data: 'Hello' } } } },
      ...more,
    }),
  );
  return MessageId;
}

/** Waits until so many events of a message are there, and gives them. */
export async function eventsOf(desk: Desk, messageId: string, count: number): Promise<Told[]> {
  const ask = async () => (await desk.stage.control(`GET /control/aws/events?messageId=${messageId}`)) as Told[];
  return desk.until(ask, (rows) => rows.length >= count, 5000);
}

/** The kinds of the events of a message. */
export async function kindsOf(desk: Desk, messageId: string, count: number): Promise<string[]> {
  return (await eventsOf(desk, messageId, count)).map(({ eventType }) => eventType);
}

const ALL = [
  ...(['SEND', 'REJECT', 'BOUNCE', 'COMPLAINT', 'DELIVERY', 'OPEN', 'CLICK'] as const),
  ...(['RENDERING_FAILURE', 'DELIVERY_DELAY', 'SUBSCRIPTION'] as const),
];

/** The topic of the destination 'sns' of the set 'cs'. */
export const TOPIC = 'arn:aws:sns:us-east-1:111122223333:events';

/** One mailbox of the simulator as a list of recipients. */
export function at(name: string): string[] {
  return [`${name}@simulator.amazonses.com`];
}

/** The newest event of a message, once there are so many. */
export async function last(desk: Desk, messageId: string, count: number): Promise<Told> {
  return (await eventsOf(desk, messageId, count)).at(-1) as Told;
}

/** Lets something happen to a message after it was sent. */
export function happen(desk: Desk, messageId: string, eventType: string, more: object = {}): Promise<unknown> {
  return desk.stage.control('POST /control/aws/events', { messageId, eventType, ...more });
}

/** Adds a destination for every kind of event to the set 'cs'. */
export function addDestination(ses: SESv2Client, name: string, more: object): Promise<unknown> {
  return ses.send(
    new CreateConfigurationSetEventDestinationCommand({
      ConfigurationSetName: 'cs',
      EventDestinationName: name,
      EventDestination: { Enabled: true, MatchingEventTypes: [...ALL], ...more },
    }),
  );
}

/** live.test with the default set 'cs', whose events go to SNS, and the set 'silent' with no destination. */
export async function openEvents(desk: Desk): Promise<SESv2Client> {
  const ses = desk.ses();
  await desk.stage.control('POST /control/aws/account', {
    region: 'us-east-1',
    productionAccess: true,
    maxSendRate: 1000,
  });
  await desk.seed('identities', 'live.test', { configurationSet: 'cs' });
  for (const set of ['cs', 'silent']) await desk.seed('configuration-sets', set);
  await addDestination(ses, 'sns', { SnsDestination: { TopicArn: TOPIC } });
  return ses;
}
