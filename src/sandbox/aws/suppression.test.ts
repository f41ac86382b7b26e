import {
  CreateConfigurationSetEventDestinationCommand,
  PutSuppressedDestinationCommand,
  SendEmailCommand,
} from '@aws-sdk/client-sesv2';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { LoggedEvent } from './events/event-log.ts';
import { openTestAws, type TestAws, until } from './world.fixture.ts';

let t: TestAws;
beforeAll(async () => {
  t = await openTestAws();
  await t.control('POST /aws/account', { region: 'us-east-1', maxSendRate: 1000 });
  await t.control('POST /aws/identities', { region: 'us-east-1', name: 'live.test', configurationSet: 'cs' });
  await t.control('POST /aws/configuration-sets', { region: 'us-east-1', name: 'cs' });
});
afterAll(() => t.close());

const send = async (to: string) => {
  const { MessageId = '' } = await t.ses().send(
    new SendEmailCommand({
      FromEmailAddress: 'me@live.test',
      Destination: { ToAddresses: [to] },
      Content: { Simple: { Subject: { Data: 's' }, Body: { Text: { Data: 't' } } } },
    }),
  );
  return until(
    async () => (await t.control(`GET /aws/events?messageId=${MessageId}`)) as LoggedEvent[],
    (rows) => rows.length >= 2,
  );
};

it('a suppressed recipient is accepted, then bounces, and gets nothing', async () => {
  const Topic = { TopicArn: 'arn:aws:sns:us-east-1:111122223333:t' };
  await t.ses().send(
    new CreateConfigurationSetEventDestinationCommand({
      ConfigurationSetName: 'cs',
      EventDestinationName: 'sns',
      EventDestination: { Enabled: true, MatchingEventTypes: ['BOUNCE'], SnsDestination: Topic },
    }),
  );
  await t.ses().send(new PutSuppressedDestinationCommand({ EmailAddress: 'gone@else.test', Reason: 'BOUNCE' }));
  const rows = await send('gone@else.test');
  expect(rows.map(({ eventType, destinations }) => [eventType, destinations.length])).toEqual([
    ['Send', 0],
    ['Bounce', 1],
  ]);
  expect(rows[1]?.event).toMatchObject({ bounce: { bounceSubType: 'OnAccountSuppressionList' } });
  expect(await t.control('GET /inbox?to=gone@else.test')).toEqual([]);
});

it('what is delivered is told with the receiver’s words', async () => {
  const [, delivery] = await send('here@else.test');
  expect(delivery).toMatchObject({
    eventType: 'Delivery',
    event: { delivery: { smtpResponse: expect.stringMatching(/^250/) } },
  });
});
