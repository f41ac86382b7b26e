import { SendEmailCommand } from '@aws-sdk/client-sesv2';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { bytesOf, type Listener, listenSmtp } from '../mail/listener.ts';
import type { LoggedEvent } from './events/event-log.ts';
import { openTestAws, type TestAws, until } from './world.fixture.ts';

let t: TestAws;
const hosts: Listener[] = [];
/** 'address: recipients' of each message that a host took. */
let took: string[] = [];
/** What hosts answer to RCPT TO instead, by address. */
const refusals = new Map<string, { responseCode: number; text: string }>();

beforeAll(async () => {
  t = await openTestAws();
  await t.control('POST /aws/identities', { region: 'us-east-1', name: 'from.test' });
  await t.control('POST /aws/account', { region: 'us-east-1', productionAccess: true, maxSendRate: 1000 });
  await t.control('POST /aws/configuration-sets', {
    region: 'us-east-1',
    name: 'all',
    eventDestinations: [
      {
        Name: 'sns',
        Enabled: true,
        MatchingEventTypes: ['DELIVERY', 'BOUNCE', 'DELIVERY_DELAY'],
        SnsDestination: { TopicArn: 'arn:aws:sns:us-east-1:111122223333:mail' },
      },
    ],
  });
  const port = Number(t.inbox.env.MAILWRIGHT_SMTP_PORT);
  for (const address of ['127.0.2.201', '127.0.2.202'])
    hosts.push(
      await listenSmtp(
        {
          authOptional: true,
          disabledCommands: ['AUTH', 'STARTTLS'],
          onRcptTo(_to, _session, done) {
            const refusal = refusals.get(address);
            done(refusal ? Object.assign(new Error(refusal.text), refusal) : null);
          },
          onData(stream, { envelope }, done) {
            bytesOf(stream).then(() => {
              took.push(`${address}: ${envelope.rcptTo.map((to) => to.address).join()}`);
              done();
            });
          },
        },
        { address, port },
      ),
    );
  const publish = (name: string, type: string, values: string[]) => t.internet.publish('in.test', name, type, values);
  publish('first.in.test', 'A', ['127.0.2.201']);
  publish('second.in.test', 'A', ['127.0.2.202']);
  publish('silent.in.test', 'A', ['127.0.2.203']);
  publish('far.in.test', 'A', ['192.0.2.25']);
  publish('in.test', 'MX', ['20 second.in.test.', '10 first.in.test.']);
  publish('limping.in.test', 'MX', ['10 silent.in.test.', '20 second.in.test.']);
  publish('abroad.in.test', 'MX', ['10 far.in.test.']);
  publish('nowhere.in.test', 'MX', ['10 none.in.test.']);
});
afterAll(async () => {
  for (const host of hosts) await host.close();
  await t.close();
});
beforeEach(async () => {
  took = [];
  refusals.clear();
  await t.control('DELETE /inbox');
});

/** Sends, and gives the events that tell of it. */
async function send(...ToAddresses: string[]): Promise<string[]> {
  const { MessageId } = await t.ses().send(
    new SendEmailCommand({
      FromEmailAddress: 'me@from.test',
      ConfigurationSetName: 'all',
      Destination: { ToAddresses },
      Content: { Simple: { Subject: { Data: 's' }, Body: { Text: { Data: 't' } } } },
    }),
  );
  const events = await until(
    async () => (await t.control(`GET /aws/events?messageId=${MessageId}`)) as LoggedEvent[],
    (found) => found.some(({ eventType }) => eventType !== 'Send'),
  );
  return events.map(({ eventType }) => eventType).filter((type) => type !== 'Send');
}
const inInbox = async () => ((await t.control('GET /inbox')) as { to: string[] }[]).map(({ to }) => to.join());

it('goes to the preferred MX host, and never also to the next', async () => {
  expect(await send('a@in.test', 'b@in.test')).toEqual(['Delivery']);
  expect(took).toEqual(['127.0.2.201: a@in.test,b@in.test']);
  expect(await inInbox()).toEqual([]);
});

it('goes to the next host where the preferred one is not there, or can’t for now', async () => {
  expect(await send('a@limping.in.test')).toEqual(['Delivery']);
  refusals.set('127.0.2.201', { responseCode: 451, text: '4.3.0 Try again later' });
  expect(await send('a@in.test')).toEqual(['Delivery']);
  expect(took).toEqual(['127.0.2.202: a@limping.in.test', '127.0.2.202: a@in.test']);
});

it('bounces where it is refused for good, and is late where nobody can for now', async () => {
  refusals.set('127.0.2.201', { responseCode: 550, text: '5.1.1 User unknown' });
  expect(await send('gone@in.test')).toEqual(['Bounce']);
  refusals.set('127.0.2.201', { responseCode: 451, text: '4.3.0 Try again later' });
  refusals.set('127.0.2.202', { responseCode: 452, text: '4.2.2 Mailbox full' });
  expect(await send('late@in.test')).toEqual(['DeliveryDelay']);
  expect(took).toEqual([]);
});

it('goes to the inbox for hosts outside, hosts without an address, and domains without MX, together', async () => {
  await send('a@abroad.in.test', 'b@nowhere.in.test', 'c@else.test', 'd@in.test');
  expect(await inInbox()).toEqual(['a@abroad.in.test,b@nowhere.in.test,c@else.test']);
  expect(took).toEqual(['127.0.2.201: d@in.test']);
});
