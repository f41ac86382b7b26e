import {
  CreateConfigurationSetCommand,
  CreateConfigurationSetEventDestinationCommand,
  DeleteConfigurationSetEventDestinationCommand,
  type EventDestinationDefinition,
  GetConfigurationSetEventDestinationsCommand,
  type SESv2Client,
  UpdateConfigurationSetEventDestinationCommand,
} from '@aws-sdk/client-sesv2';
import { beforeAll, describe, expect, it } from 'vitest';
import { arn, openDesk, refuses } from './desk.ts';
import type { Told } from './events.ts';

const desk = openDesk();
let ses: SESv2Client;
beforeAll(async () => {
  ses = desk.ses();
  await ses.send(new CreateConfigurationSetCommand({ ConfigurationSetName: 'cs' }));
  await ses.send(new CreateConfigurationSetCommand({ ConfigurationSetName: 'full' }));
});

const TOPIC = 'arn:aws:sns:us-east-1:111122223333:ses-events';
const sns = (TopicArn = TOPIC): EventDestinationDefinition => ({
  Enabled: true,
  MatchingEventTypes: ['SEND', 'BOUNCE'],
  SnsDestination: { TopicArn },
});
const create =
  (EventDestinationName: string, EventDestination: EventDestinationDefinition, ConfigurationSetName = 'cs') =>
  (client: SESv2Client) =>
    client.send(
      new CreateConfigurationSetEventDestinationCommand({
        ConfigurationSetName,
        EventDestinationName,
        EventDestination,
      }),
    );
const update = (EventDestinationName: string, EventDestination: EventDestinationDefinition) => (client: SESv2Client) =>
  client.send(
    new UpdateConfigurationSetEventDestinationCommand({
      ConfigurationSetName: 'cs',
      EventDestinationName,
      EventDestination,
    }),
  );
const remove = (EventDestinationName: string) => (client: SESv2Client) =>
  client.send(new DeleteConfigurationSetEventDestinationCommand({ ConfigurationSetName: 'cs', EventDestinationName }));
const list = async (ConfigurationSetName = 'cs') =>
  (await ses.send(new GetConfigurationSetEventDestinationsCommand({ ConfigurationSetName }))).EventDestinations;

describe('event destinations', () => {
  it('are made, read, changed and taken away; without Enabled they are off, unless a test says otherwise', async () => {
    await create('bus', {
      MatchingEventTypes: ['DELIVERY', 'RENDERING_FAILURE'],
      EventBridgeDestination: { EventBusArn: 'arn:aws:events:us-east-1:111122223333:event-bus/default' },
    })(ses);
    expect(await list()).toEqual([
      {
        Name: 'bus',
        Enabled: false,
        MatchingEventTypes: ['DELIVERY', 'RENDERING_FAILURE'],
        EventBridgeDestination: { EventBusArn: 'arn:aws:events:us-east-1:111122223333:event-bus/default' },
      },
    ]);
    await update('bus', sns())(ses);
    expect(await list()).toEqual([{ Name: 'bus', ...sns() }]);
    await remove('bus')(ses);
    expect(await list()).toEqual([]);
    await desk.turn({ destinationsStartEnabled: true });
    await create('on', { MatchingEventTypes: ['SEND'], SnsDestination: { TopicArn: TOPIC } })(ses);
    expect(await list()).toMatchObject([{ Name: 'on', Enabled: true }]);
    await desk.turn({ destinationsStartEnabled: false });
    await remove('on')(ses);
  });

  it('of SNS get a test message that is no JSON', async () => {
    const topic = `${TOPIC}-test`;
    await create('sns', sns(topic))(ses);
    const tests = await desk.until(
      async () => (await desk.stage.control('GET /control/aws/events')) as Told[],
      (rows) => rows.some(({ destinations: [first] }) => first?.name === topic),
    );
    const delivered = tests.at(-1)?.destinations[0]?.delivered as { headers: object; body: string };
    expect(delivered.headers).toMatchObject({
      'content-type': 'text/plain; charset=UTF-8',
      'x-amz-sns-message-type': 'Notification',
      'x-amz-sns-topic-arn': topic,
    });
    expect(JSON.parse(delivered.body)).toMatchObject({
      Type: 'Notification',
      Message: 'Successfully validated SNS topic for Amazon SES event publishing.',
    });
    await remove('sns')(ses);
  });

  const bad = { error: 'BadRequestException' };
  const missing = { error: 'NotFoundException', status: 404 };
  const one = (more: object) => ({ MatchingEventTypes: ['SEND'], ...more }) as EventDestinationDefinition;
  const bus = (EventBusArn: string) => one({ EventBridgeDestination: { EventBusArn } });
  const dimension = (DimensionName: string) => ({
    DimensionName,
    DimensionValueSource: 'MESSAGE_TAG',
    DefaultDimensionValue: 'none',
  });
  const watch = (...names: string[]) =>
    one({ CloudWatchDestination: { DimensionConfigurations: names.map(dimension) } });
  const firehose = (IamRoleArn: string, DeliveryStreamArn: string) =>
    one({ KinesisFirehoseDestination: { IamRoleArn, DeliveryStreamArn } });
  const role = 'arn:aws:iam::111122223333:role/r';
  const stream = 'arn:aws:firehose:us-east-1:111122223333:deliverystream/s';
  refuses(desk, [
    { rule: 'no place to go', call: create('x', one({})), ...bad },
    { rule: 'two places at once', call: create('x', { ...sns(), ...bus('a') }), ...bad, says: 'exactly one' },
    { rule: 'no event at all', call: create('x', { ...sns(), MatchingEventTypes: [] }), ...bad },
    {
      rule: 'v1’s spelling of an event',
      call: create('x', { ...sns(), MatchingEventTypes: ['renderingFailure' as never] }),
      ...bad,
    },
    { rule: 'a FIFO topic', call: create('x', sns(`${TOPIC}.fifo`)), ...bad },
    { rule: 'a topic of another Region', call: create('x', sns(TOPIC.replace('us-east', 'eu-west'))), ...bad },
    {
      rule: 'a bus that is not the default one',
      call: create('x', bus('arn:aws:events:us-east-1:111122223333:event-bus/own')),
      ...bad,
    },
    {
      rule: 'a bus of another Region',
      call: create('x', bus('arn:aws:events:us-west-2:111122223333:event-bus/default')),
      ...bad,
    },
    { rule: 'eleven dimensions', call: create('x', watch(...'abcdefghijk')), ...bad },
    { rule: 'a dimension with a space', call: create('x', watch('a b')), ...bad },
    {
      rule: 'a stream of another Region',
      call: create('x', firehose(role, stream.replace('us-east-1', 'eu-west-1'))),
      ...bad,
    },
    { rule: 'a role that is none', call: create('x', firehose('r', stream)), ...bad },
    { rule: 'Pinpoint', call: create('x', one({ PinpointDestination: { ApplicationArn: 'a' } })), ...bad },
    { rule: 'a name with a dot', call: create('a.b', sns()), ...bad },
    { rule: 'a set that is not there', call: create('x', sns(), 'none'), ...missing },
    { rule: 'to change what is not there', call: update('none', sns()), ...missing },
    { rule: 'to take away what is not there', call: remove('none'), ...missing },
    { rule: 'to read a set that is not there', call: () => list('none'), ...missing },
  ]);

  it('are at most ten in a set, and one of a name', async () => {
    for (let n = 0; n < 10; n += 1) await create(`d${n}`, sns(), 'full')(ses);
    await expect(create('d0', sns(), 'full')(ses)).rejects.toMatchObject({ name: 'AlreadyExistsException' });
    await expect(create('d10', sns(), 'full')(ses)).rejects.toMatchObject({ name: 'LimitExceededException' });
  });

  it('are refused where SES may not publish, and need permission on the set', async () => {
    await desk.turn({ unreachableTopics: [`${TOPIC}-closed`] });
    await expect(create('x', sns(`${TOPIC}-closed`))(ses)).rejects.toMatchObject({ name: 'BadRequestException' });
    const client = desk.ses(
      'us-east-1',
      await desk.allowed({ Action: 'ses:*', Resource: arn('configuration-set', 'other') }),
    );
    await expect(create('x', sns())(client)).rejects.toThrow(`on resource: ${arn('configuration-set', 'cs')}`);
  });
});
