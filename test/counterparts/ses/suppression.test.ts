import {
  CreateTenantCommand,
  DeleteSuppressedDestinationCommand,
  GetAccountCommand,
  GetConfigurationSetCommand,
  GetSuppressedDestinationCommand,
  GetTenantCommand,
  ListSuppressedDestinationsCommand,
  PutAccountSuppressionAttributesCommand,
  PutConfigurationSetSuppressionOptionsCommand,
  PutSuppressedDestinationCommand,
  PutTenantSuppressionAttributesCommand,
  type SESv2Client,
  type SuppressionListReason,
} from '@aws-sdk/client-sesv2';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { arn, openDesk, refuses } from './desk.ts';
import { eventsOf, kindsOf, sendPlain } from './events.ts';

const desk = openDesk();
let ses: SESv2Client;
beforeAll(async () => {
  ses = desk.ses();
  await desk.stage.control('POST /control/aws/account', {
    region: 'us-east-1',
    productionAccess: true,
    maxSendRate: 1000,
  });
  await desk.seed('identities', 'live.test');
  await desk.seed('configuration-sets', 'cs');
  const resources = [arn('identity', 'live.test'), arn('configuration-set', 'cs')];
  await desk.seed('tenants', 'acme', { resources });
});
beforeEach(() => reasons('BOUNCE', 'COMPLAINT'));

const reasons = (...SuppressedReasons: SuppressionListReason[]) =>
  ses.send(new PutAccountSuppressionAttributesCommand({ SuppressedReasons }));
const put = (EmailAddress: string, Reason: SuppressionListReason = 'BOUNCE', TenantName?: string, client = ses) =>
  client.send(new PutSuppressedDestinationCommand({ EmailAddress, Reason, TenantName }));
const get = async (EmailAddress: string, TenantName?: string) =>
  (await ses.send(new GetSuppressedDestinationCommand({ EmailAddress, TenantName }))).SuppressedDestination;
const listed = async (more: object = {}) =>
  (await ses.send(new ListSuppressedDestinationsCommand(more))).SuppressedDestinationSummaries?.map(
    (one) => one.EmailAddress,
  );
const options = (given: object) =>
  ses.send(new PutConfigurationSetSuppressionOptionsCommand({ ConfigurationSetName: 'cs', ...given }));
const inbox = async (to: string) => (await desk.stage.control(`GET /control/inbox?to=${to}`)) as unknown[];

describe('the account’s list', () => {
  it('keeps an address with its reason, which can change, and only its domain in lower case', async () => {
    await put('Some.One@Else.TEST', 'BOUNCE');
    await put('Some.One@else.test', 'COMPLAINT');
    const entry = await get('Some.One@ELSE.test');
    expect(entry).toMatchObject({ EmailAddress: 'Some.One@else.test', Reason: 'COMPLAINT' });
    expect(Math.abs((entry?.LastUpdateTime?.getTime() ?? 0) - Date.now())).toBeLessThan(60_000);
    await expect(get('some.one@else.test')).rejects.toMatchObject({ name: 'NotFoundException' });
    await ses.send(new DeleteSuppressedDestinationCommand({ EmailAddress: 'Some.One@else.test' }));
    await expect(get('Some.One@else.test')).rejects.toMatchObject({ name: 'NotFoundException' });
  });

  it('is listed by reason, by time and in pages, and belongs to one Region', async () => {
    for (const n of [1, 2, 3]) await put(`b${n}@list.test`, 'BOUNCE');
    await put('c@list.test', 'COMPLAINT');
    expect(await listed({ Reasons: ['COMPLAINT'] })).toEqual(['c@list.test']);
    expect(await listed({ Reasons: ['COMPLAINT', 'BOUNCE'] })).toHaveLength(4);
    expect(await listed({ StartDate: new Date(Date.now() + 3_600_000) })).toEqual([]);
    expect(await listed({ EndDate: new Date(Date.now() - 3_600_000) })).toEqual([]);
    const first = await ses.send(new ListSuppressedDestinationsCommand({ PageSize: 3 }));
    expect(first.SuppressedDestinationSummaries).toHaveLength(3);
    expect(await listed({ PageSize: 3, NextToken: first.NextToken })).toHaveLength(1);
    const west = await desk.ses('us-west-2').send(new ListSuppressedDestinationsCommand({}));
    expect(west.SuppressedDestinationSummaries).toEqual([]);
  });

  const missing = { error: 'NotFoundException', status: 404 };
  refuses(desk, [
    {
      rule: 'to add by hand in a sandbox account',
      call: (client) => put('a@b.test', 'BOUNCE', undefined, client),
      region: 'us-west-2',
      error: 'BadRequestException',
    },
    { rule: 'what is no address', call: () => put('nobody'), error: 'BadRequestException' },
    { rule: 'a reason that is none', call: () => put('a@b.test', 'ANGER' as never), error: 'BadRequestException' },
    {
      rule: 'to delete what is not on it',
      call: (client) => client.send(new DeleteSuppressedDestinationCommand({ EmailAddress: 'no@b.test' })),
      ...missing,
    },
    {
      rule: 'the list of an unknown tenant',
      call: (client) => client.send(new ListSuppressedDestinationsCommand({ TenantName: 'no' })),
      ...missing,
    },
    {
      rule: 'a token that was never given',
      call: (client) => client.send(new ListSuppressedDestinationsCommand({ NextToken: 'x' })),
      error: 'InvalidNextTokenException',
    },
  ]);
});

describe('a suppressed recipient', () => {
  it('is accepted, counts, and bounces without being written to', async () => {
    await put('gone@else.test');
    const before = (await ses.send(new GetAccountCommand({}))).SendQuota?.SentLast24Hours ?? 0;
    const id = await sendPlain(ses, ['gone@else.test', 'here@else.test']);
    const [send, ...outcomes] = await eventsOf(desk, id, 3);
    expect(send?.eventType).toBe('Send');
    expect(outcomes.map(({ eventType }) => eventType)).toEqual(['Delivery', 'Bounce']);
    expect(outcomes[1]?.event.bounce).toMatchObject({
      bounceType: 'Permanent',
      bounceSubType: 'OnAccountSuppressionList',
      bouncedRecipients: [{ emailAddress: 'gone@else.test', diagnosticCode: expect.stringContaining('your account') }],
    });
    expect(await inbox('gone@else.test')).toEqual([]);
    expect(await inbox('here@else.test')).toHaveLength(1);
    const { SendQuota } = await ses.send(new GetAccountCommand({}));
    expect(SendQuota?.SentLast24Hours).toBe(before + 2);
  });

  it('that complained shows as a complaint', async () => {
    await put('angry@else.test', 'COMPLAINT');
    const rows = await eventsOf(desk, await sendPlain(ses, ['angry@else.test']), 2);
    expect(rows[1]?.event.complaint).toMatchObject({ complaintSubType: 'OnAccountSuppressionList' });
    expect(rows[1]?.event.complaint).not.toHaveProperty('complaintFeedbackType');
  });
});

describe('what counts', () => {
  const fate = async (to: string, more: object = {}) => (await kindsOf(desk, await sendPlain(ses, [to], more), 2))[1];
  const set = { ConfigurationSetName: 'cs' };

  it('is the account’s reasons, where absent leaves them and empty takes them away', async () => {
    await put('acc@else.test');
    await reasons();
    expect((await ses.send(new GetAccountCommand({}))).SuppressionAttributes).toEqual({ SuppressedReasons: [] });
    expect(await fate('acc@else.test')).toBe('Delivery');
    await ses.send(new PutAccountSuppressionAttributesCommand({}));
    expect((await ses.send(new GetAccountCommand({}))).SuppressionAttributes).toEqual({ SuppressedReasons: [] });
    await reasons('COMPLAINT');
    expect(await fate('acc@else.test')).toBe('Delivery');
    await desk.stage.control('POST /control/aws/account', { region: 'us-east-1', suppressedReasons: null });
    expect((await ses.send(new GetAccountCommand({}))).SuppressionAttributes).toEqual({});
  });

  it('is the configuration set before the account, where absent follows it and empty suppresses nobody', async () => {
    await put('set@else.test');
    const read = async () => (await ses.send(new GetConfigurationSetCommand(set))).SuppressionOptions;
    expect(await read()).toBeUndefined();
    expect(await fate('set@else.test', set)).toBe('Bounce');
    await options({ SuppressedReasons: [] });
    expect(await read()).toEqual({ SuppressedReasons: [] });
    expect(await fate('set@else.test', set)).toBe('Delivery');
    await options({ SuppressedReasons: ['COMPLAINT'] });
    expect(await fate('set@else.test', set)).toBe('Delivery');
    await options({});
    expect(await read()).toEqual({});
    expect(await fate('set@else.test', set)).toBe('Bounce');
  });

  it('is the tenant’s list alone in TENANT scope', async () => {
    await put('onlyaccount@else.test');
    await put('onlytenant@else.test', 'BOUNCE', 'acme');
    const tenant = { ...set, TenantName: 'acme' };
    expect(await fate('onlyaccount@else.test', tenant)).toBe('Bounce');
    expect(await fate('onlytenant@else.test', tenant)).toBe('Delivery');
    await ses.send(
      new PutTenantSuppressionAttributesCommand({
        TenantName: 'acme',
        SuppressionScope: 'TENANT',
        SuppressedReasons: ['BOUNCE'],
      }),
    );
    expect((await ses.send(new GetTenantCommand({ TenantName: 'acme' }))).Tenant?.SuppressionAttributes).toEqual({
      SuppressionScope: 'TENANT',
      SuppressedReasons: ['BOUNCE'],
    });
    expect(await fate('onlyaccount@else.test', tenant)).toBe('Delivery');
    const rows = await eventsOf(desk, await sendPlain(ses, ['onlytenant@else.test'], tenant), 2);
    expect(rows[1]?.event.bounce).toMatchObject({
      bounceSubType: 'OnTenantSuppressionList',
      bouncedRecipients: [{ diagnosticCode: expect.stringContaining('suppression list for your tenant') }],
    });
    expect(rows[1]?.event.mail.tags).toMatchObject({ 'ses:tenant-name': ['acme'] });
    await options({ SuppressionScope: 'ACCOUNT' });
    expect(await fate('onlyaccount@else.test', tenant)).toBe('Bounce');
    await options({});
    await expect(get('onlytenant@else.test')).rejects.toMatchObject({ name: 'NotFoundException' });
    expect(await get('onlytenant@else.test', 'acme')).toMatchObject({ TenantName: 'acme', Reason: 'BOUNCE' });
  });

  it('is put on the list by a hard bounce and a complaint, and by nothing softer', async () => {
    const happens = async (to: string, what: object) => {
      const messageId = await sendPlain(ses, [to]);
      await desk.stage.control('POST /control/aws/events', { messageId, ...what });
      return messageId;
    };
    const id = await happens('hard@else.test', { eventType: 'Bounce' });
    await happens('soft@else.test', { eventType: 'Bounce', bounceType: 'Transient', bounceSubType: 'MailboxFull' });
    await happens('loud@else.test', { eventType: 'Complaint', complaintFeedbackType: 'abuse' });
    await happens('fine@else.test', { eventType: 'Complaint', complaintFeedbackType: 'not-spam' });
    const entry = await get('hard@else.test');
    const [bounce] = (await eventsOf(desk, id, 3)).filter(({ eventType }) => eventType === 'Bounce');
    expect(bounce?.event.bounce).toMatchObject({ feedbackId: entry?.Attributes?.FeedbackId });
    expect(entry?.Attributes).toEqual({ MessageId: id, FeedbackId: expect.stringMatching(/^0100/) });
    expect(await get('loud@else.test')).toMatchObject({ Reason: 'COMPLAINT' });
    for (const spared of ['soft@else.test', 'fine@else.test'])
      await expect(get(spared)).rejects.toMatchObject({ name: 'NotFoundException' });
    await reasons('COMPLAINT');
    await happens('unlisted@else.test', { eventType: 'Bounce' });
    await expect(get('unlisted@else.test')).rejects.toMatchObject({ name: 'NotFoundException' });
  });

  it('is put on the list by what the other side says in SMTP, for that recipient alone', async () => {
    const refuse = (address: string, code: number, text: string) =>
      desk.stage.control('POST /control/inbox/refusals', { address, code, text });
    await refuse('nobody@smtp.test', 550, '5.1.1 user unknown');
    await refuse('full@smtp.test', 452, '4.2.2 mailbox full');
    const rows = await eventsOf(
      desk,
      await sendPlain(ses, ['nobody@smtp.test', 'full@smtp.test', 'fine@smtp.test']),
      4,
    );
    const [, delivery, ...others] = rows;
    expect(delivery?.event.delivery).toMatchObject({ recipients: ['fine@smtp.test'] });
    const told = Object.fromEntries(others.map(({ event }) => [event.eventType, event.bounce ?? event.deliveryDelay]));
    expect(told).toMatchObject({
      Bounce: {
        bounceType: 'Permanent',
        bouncedRecipients: [
          { emailAddress: 'nobody@smtp.test', status: '5.1.1', diagnosticCode: 'smtp; 550 5.1.1 user unknown' },
        ],
      },
      DeliveryDelay: { delayedRecipients: [{ emailAddress: 'full@smtp.test', status: '4.2.2' }] },
    });
    expect(await get('nobody@smtp.test')).toMatchObject({ Reason: 'BOUNCE' });
    for (const spared of ['full@smtp.test', 'fine@smtp.test'])
      await expect(get(spared)).rejects.toMatchObject({ name: 'NotFoundException' });
    const again = await eventsOf(desk, await sendPlain(ses, ['nobody@smtp.test']), 2);
    expect(again[1]?.event.bounce).toMatchObject({ bounceSubType: 'OnAccountSuppressionList' });
    await desk.stage.control('DELETE /control/inbox/refusals');
  });

  refuses(desk, [
    {
      rule: 'half of a tenant’s suppression attributes',
      call: (client) =>
        client.send(new PutTenantSuppressionAttributesCommand({ TenantName: 'acme', SuppressionScope: 'TENANT' })),
      error: 'BadRequestException',
    },
    {
      rule: 'half of them at creation',
      call: (client) =>
        client.send(
          new CreateTenantCommand({ TenantName: 'half', SuppressionAttributes: { SuppressionScope: 'TENANT' } }),
        ),
      error: 'BadRequestException',
    },
  ]);

  it('at the account is a forbidden change, unless a test allows it', async () => {
    const mark = await desk.stage.mark();
    await reasons('BOUNCE');
    await desk.turn({ allowAccountChanges: true });
    await reasons('BOUNCE', 'COMPLAINT');
    await desk.turn({ allowAccountChanges: false });
    const rows = await desk.stage.ledger('ses', mark);
    expect(rows.map(({ effect, forbidden = false }) => [effect, forbidden])).toEqual([
      [true, true],
      [true, false],
    ]);
  });

  it('needs permission for the account as a whole, or for the tenant', async () => {
    const client = desk.ses(
      'us-east-1',
      await desk.allowed({ Action: 'ses:PutSuppressedDestination', Resource: arn('tenant', 'acme/*') }),
    );
    await put('iam@else.test', 'BOUNCE', 'acme', client);
    await expect(put('iam@else.test', 'BOUNCE', undefined, client)).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining('on resource: *'),
    });
  });
});
