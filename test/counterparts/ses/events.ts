import { type SESv2Client, SendEmailCommand, type SendEmailRequest } from '@aws-sdk/client-sesv2';
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
