import type { Clock, Pace } from '../../core/ground.ts';
import type { AwsSettings } from '../wire/aws/aws.ts';
import { openSesClient } from './client.ts';

/** One plain message to one recipient through one region. */
export interface TestMessage {
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly tenant?: string | undefined;
  readonly configurationSet?: string | undefined;
}

/** Sends single messages by the API, once each: a lost answer is not repeated (SES has no idempotency token). */
export async function openSesSender(settings: AwsSettings, needs: { pace: Pace; clock: Clock }) {
  const client = await openSesClient(settings, needs);
  return {
    async send(region: string, message: TestMessage): Promise<{ messageId: string }> {
      const answer = await client.call(region, 'SendEmail', {
        FromEmailAddress: message.from,
        Destination: { ToAddresses: [message.to] },
        Content: {
          Simple: {
            Subject: { Data: message.subject, Charset: 'UTF-8' },
            Body: { Text: { Data: message.text, Charset: 'UTF-8' } },
          },
        },
        ...(message.tenant ? { TenantName: message.tenant } : {}),
        ...(message.configurationSet ? { ConfigurationSetName: message.configurationSet } : {}),
      });
      return { messageId: answer.MessageId ?? '' };
    },
    close: () => client.close(),
  };
}
