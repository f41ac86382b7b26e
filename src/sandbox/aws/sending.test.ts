import {
  CreateTenantResourceAssociationCommand,
  GetAccountCommand,
  type SESv2Client,
  SendEmailCommand,
  type SendEmailRequest,
} from '@aws-sdk/client-sesv2';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Received } from '../mail/main.ts';
import { openTestAws, publishDkim, type TestAws } from './world.fixture.ts';

const HERE = 'arn:aws:ses:us-east-1:111122223333';
const TOKENS = ['a', 'b', 'c'].map((letter) => letter.repeat(32));

let t: TestAws;
let ses: SESv2Client;
beforeAll(async () => {
  t = await openTestAws();
  ses = t.ses();
  await t.control('POST /aws/account', { region: 'us-east-1', maxSendRate: 1000 });
  const mailFrom = { domain: 'bounce.live.test' };
  await t.control('POST /aws/identities', { region: 'us-east-1', name: 'live.test', tokens: TOKENS, mailFrom });
  await t.control('POST /aws/identities', {
    region: 'us-west-2',
    name: 'live.test',
    origin: 'AWS_SES_US_EAST_1',
    mailFrom,
  });
  publishDkim(t.internet, 'live.test', TOKENS, 'dkim.amazonses.com');
  t.internet.publish('live.test', 'bounce.live.test', 'TXT', ['v=spf1 include:amazonses.com ~all']);
  t.internet.publish('live.test', '_dmarc.live.test', 'TXT', ['v=DMARC1; p=reject']);
});
afterAll(() => t.close());
beforeEach(() => t.control('DELETE /inbox'));

const text = (Data: string) => ({ Data, Charset: 'UTF-8' });
const simple = { Simple: { Subject: text('Grüße'), Body: { Text: text('Hällo') } } };
const raw = (...lines: string[]) => ({ Raw: { Data: Buffer.from(lines.join('\r\n')) } });
const seed = (name: string, more: object = {}) =>
  t.control('POST /aws/identities', { region: 'us-east-1', name, ...more });
const inbox = async (query = '') => (await t.control(`GET /inbox${query}`)) as Received[];
const headers = ({ headers }: Received, wanted: string) =>
  headers.filter(({ name }) => name.toLowerCase() === wanted.toLowerCase()).map(({ value }) => value);

function send(more: Partial<SendEmailRequest> = {}, client = ses) {
  const Destination = { ToAddresses: ['you@else.test'] };
  return client.send(
    new SendEmailCommand({ FromEmailAddress: 'Me <me@live.test>', Destination, Content: simple, ...more }),
  );
}

async function sent(more: Partial<SendEmailRequest> = {}, client = ses): Promise<Received> {
  const { MessageId } = await send(more, client);
  const [message] = await inbox(`?messageId=${MessageId}`);
  if (!message) throw new Error('nothing arrived');
  return message;
}

describe('a message', () => {
  it('arrives signed twice, from the custom MAIL FROM, and passes everything', async () => {
    const { MessageId = '' } = await send({
      Destination: { ToAddresses: ['you@else.test'], CcAddresses: ['cc@else.test'], BccAddresses: ['bcc@else.test'] },
      ReplyToAddresses: ['reply@live.test'],
    });
    expect(MessageId).toMatch(/^0100[0-9a-f]{12}-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-000000$/);
    const [message] = await inbox('?to=bcc@else.test');
    expect(message).toMatchObject({
      from: `${MessageId}@bounce.live.test`,
      to: ['you@else.test', 'cc@else.test', 'bcc@else.test'],
      subject: 'Grüße',
      text: expect.stringContaining('Hällo'),
      verdicts: {
        spf: { result: 'pass', domain: 'bounce.live.test' },
        dkim: [
          { result: 'pass', domain: 'live.test', selector: TOKENS[0] },
          { result: 'pass', domain: 'amazonses.com' },
        ],
        dmarc: { result: 'pass', policy: 'reject' },
      },
    });
    if (!message) return;
    expect(message.verdicts.dmarc.alignment).toEqual({ spf: 'bounce.live.test', dkim: 'live.test' });
    expect(message.authenticationResults).toMatch(/^inbox\.sandbox\.test;.*dkim=pass.*spf=pass.*dmarc=pass/);
    expect(headers(message, 'Message-ID')).toEqual([`<${MessageId}@email.amazonses.com>`]);
    expect(headers(message, 'Reply-To')).toEqual(['reply@live.test']);
    expect(headers(message, 'Bcc')).toEqual([]);
  });

  it('of another Region names it, and without MAIL FROM falls back to amazonses.com', async () => {
    const west = t.ses('us-west-2');
    await t.control('POST /aws/account', { region: 'us-west-2', productionAccess: true });
    const message = await sent({}, west);
    expect(message.verdicts.dkim[0]).toMatchObject({ result: 'pass', domain: 'live.test' });
    expect(headers(message, 'Message-ID')[0]).toMatch(/^<0101.*@us-west-2\.amazonses\.com>$/);
    await seed('plain.test');
    const plain = await sent({ FromEmailAddress: 'me@plain.test' });
    expect(plain.from).toMatch(/@amazonses\.com$/);
    expect(plain.verdicts.spf).toEqual({ result: 'pass', domain: 'amazonses.com' });
    expect(plain.verdicts.dmarc.result).toBe('none');
  });

  it('keeps attachments, HTML and list headers, and damages text without a charset', async () => {
    const message = await sent({
      Content: {
        Simple: {
          Subject: { Data: 'Grüße' },
          Body: { Text: text('t'), Html: text('<b>h</b>') },
          Headers: [
            { Name: 'List-Unsubscribe', Value: '<https://u.live.test/?t=1>' },
            { Name: 'List-Unsubscribe-Post', Value: 'List-Unsubscribe=One-Click' },
          ],
          Attachments: [{ FileName: 'a.txt', RawContent: Buffer.from('attached'), ContentType: 'text/plain' }],
        },
      },
    });
    expect(message.subject).toBe('Gr??e');
    expect(message.raw).toContain('filename=a.txt');
    const [signature = ''] = headers(message, 'DKIM-Signature');
    expect(signature).toMatch(/h=[^;]*List-Unsubscribe-Post[^;]*;/);
    expect(message.verdicts.dkim[0]?.result).toBe('pass');
  });
});

describe('Raw content', () => {
  it('loses Date, Message-ID, Bcc and X-SES headers, and keeps the rest', async () => {
    const message = await sent({
      FromEmailAddress: undefined,
      Destination: undefined,
      Content: raw(
        'From: me@live.test',
        'To: you@else.test,',
        ' two@else.test',
        'Bcc: three@else.test',
        'Date: Mon, 1 Jan 2001 00:00:00 +0000',
        'Message-ID: <mine@live.test>',
        'X-SES-MESSAGE-TAGS: a=b, c=d',
        'X-Kept: yes',
        'Subject: raw',
        '',
        'body',
      ),
    });
    expect(message.to).toEqual(['you@else.test', 'two@else.test', 'three@else.test']);
    expect(headers(message, 'Bcc').concat(headers(message, 'X-SES-MESSAGE-TAGS'))).toEqual([]);
    expect(headers(message, 'X-Kept')).toEqual(['yes']);
    expect(message.raw).not.toContain('2001');
    expect(message.raw).not.toContain('mine@live.test');
    expect(message.verdicts.dmarc.result).toBe('pass');
  });

  it('is honoured in its X-SES headers, which the call overrules', async () => {
    const withSet = (name: string) =>
      raw('From: me@live.test', 'To: you@else.test', `X-SES-CONFIGURATION-SET: ${name}`, '', 'x');
    await expect(send({ Content: withSet('none') })).rejects.toMatchObject({ name: 'NotFoundException' });
    await t.control('POST /aws/configuration-sets', { region: 'us-east-1', name: 'there' });
    await send({ Content: withSet('there') });
    await send({ Content: withSet('none'), ConfigurationSetName: 'there' });
    const tenant = raw('From: me@live.test', 'To: you@else.test', 'X-SES-TENANT: nobody', '', 'x');
    await expect(send({ Content: tenant })).rejects.toMatchObject({ name: 'NotFoundException' });
    await expect(
      send({ Content: raw('From: me@live.test', 'To: you@else.test', 'X-SES-MESSAGE-TAGS: a=b.c', '', 'x') }),
    ).rejects.toMatchObject({ name: 'BadRequestException' });
  });

  it('needs one From, of a verified sender, and headers that are headers', async () => {
    for (const content of [
      raw('To: you@else.test', '', 'x'),
      raw('From: me@live.test', 'From: me@live.test', '', 'x'),
      raw('From: me@live.test', 'no header', '', 'x'),
    ])
      await expect(send({ FromEmailAddress: undefined, Content: content })).rejects.toMatchObject({
        name: 'BadRequestException',
      });
    const forged = raw('From: boss@other.test', 'To: you@else.test', '', 'x');
    await expect(send({ Content: forged })).rejects.toMatchObject({
      name: 'MessageRejected',
      message: expect.stringContaining('boss@other.test'),
    });
  });
});

describe('a message is refused', () => {
  it('from a sender that is not verified', async () => {
    await expect(send({ FromEmailAddress: 'me@nobody.test' })).rejects.toMatchObject({
      name: 'MessageRejected',
      message:
        'Email address is not verified. The following identities failed the check in region US-EAST-1: me@nobody.test',
    });
  });

  it('for its addresses', async () => {
    const many = Array.from({ length: 51 }, (_, n) => `r${n}@else.test`);
    const to = (...ToAddresses: string[]) => ({ Destination: { ToAddresses } });
    for (const wrong of [
      to(),
      to(...many),
      to('jörg@else.test'),
      to('a@bücher.test'),
      to('nobody'),
      to('@else.test'),
      { FromEmailAddress: 'Jörg <me@live.test>' },
      { FromEmailAddress: undefined },
    ])
      await expect(send(wrong), JSON.stringify(wrong)).rejects.toMatchObject({ name: 'BadRequestException' });
    await send(to(...many.slice(1)));
    await send({ FromEmailAddress: '=?UTF-8?Q?J=C3=B6rg?= <me@live.test>' });
  });

  it('for its tags, headers and content', async () => {
    const withHeaders = (...Headers: { Name: string; Value: string }[]) => ({
      Content: { Simple: { ...simple.Simple, Headers } },
    });
    const header = (Name: string, Value = 'x') => ({ Name, Value });
    const wrong: Partial<SendEmailRequest>[] = [
      { EmailTags: [{ Name: 'a', Value: 'b.c' }] },
      { EmailTags: [{ Name: 'ses:x', Value: 'b' }] },
      { EmailTags: [{ Name: 'a', Value: 'x'.repeat(257) }] },
      { Content: {} },
      { Content: { ...simple, ...raw('From: me@live.test', '', '') } },
      { Content: { Simple: { Subject: text('s'), Body: {} } } },
      withHeaders(header('Date')),
      withHeaders(header('reply-to')),
      withHeaders(header('List-Unsubscribe'), header('list-unsubscribe')),
      withHeaders(header('Bad Name')),
      withHeaders(header('X-Long', 'x'.repeat(996))),
      withHeaders(header('X-Break', 'a\r\nBcc: b@c.test')),
      withHeaders(...Array.from({ length: 16 }, (_, n) => header(`X-${n}`))),
    ];
    for (const more of wrong)
      await expect(send(more), JSON.stringify(more)).rejects.toMatchObject({ name: 'BadRequestException' });
    await expect(send({ Content: { Template: { TemplateName: 'none' } } })).rejects.toMatchObject({
      name: 'NotFoundException',
    });
    expect(await inbox()).toEqual([]);
  });

  it('while sending is paused, for the account or the configuration set', async () => {
    await t.control('POST /aws/configuration-sets', { region: 'us-east-1', name: 'off', sendingEnabled: false });
    await expect(send({ ConfigurationSetName: 'off' })).rejects.toMatchObject({ name: 'SendingPausedException' });
    await expect(send({ ConfigurationSetName: 'none' })).rejects.toMatchObject({ name: 'NotFoundException' });
    await t.control('POST /aws/account', { region: 'us-east-1', sendingEnabled: false });
    await expect(send()).rejects.toMatchObject({ name: 'SendingPausedException' });
    await t.control('POST /aws/account', { region: 'us-east-1', sendingEnabled: true, enforcement: 'SHUTDOWN' });
    await expect(send()).rejects.toMatchObject({ name: 'AccountSuspendedException' });
    await t.control('POST /aws/account', { region: 'us-east-1', enforcement: 'HEALTHY' });
  });

  it('or not, when MAIL FROM is not verified: that is for BehaviorOnMxFailure to say', async () => {
    await seed('mf.test', { mailFrom: { domain: 'b.mf.test', status: 'PENDING', behavior: 'REJECT_MESSAGE' } });
    const more = { FromEmailAddress: 'me@mf.test' };
    await expect(send(more)).rejects.toMatchObject({ name: 'MailFromDomainNotVerifiedException' });
    await seed('mf.test', { mailFrom: { domain: 'b.mf.test', status: 'TEMPORARY_FAILURE' } });
    expect((await sent(more)).from).toMatch(/@amazonses\.com$/);
  });
});

describe('the identity in effect', () => {
  it('is the address, then the subdomain, then the parent; a verified subdomain signs for itself', async () => {
    await seed('sub.live.test', { mailFrom: { domain: 'b.sub.live.test' }, signingEnabled: false });
    await seed('vip@sub.live.test', { mailFrom: { domain: 'vip.sub.live.test' } });
    const signers = (message: Received) => message.verdicts.dkim.map(({ domain }) => domain);
    const sub = await sent({ FromEmailAddress: 'me@sub.live.test' });
    expect(sub.from).toMatch(/@b\.sub\.live\.test$/);
    expect(signers(sub)).toEqual(['amazonses.com']);
    expect((await sent({ FromEmailAddress: 'vip@sub.live.test' })).from).toMatch(/@vip\.sub\.live\.test$/);
    const other = await sent({ FromEmailAddress: 'me@other.live.test' });
    expect(other.from).toMatch(/@bounce\.live\.test$/);
    expect(signers(other)).toEqual(['live.test', 'amazonses.com']);
    expect(other.verdicts.dmarc.result).toBe('pass');
  });
});

describe('a tenant', () => {
  it('sends only with identity and configuration set in effect associated', async () => {
    await t.control('POST /aws/configuration-sets', { region: 'us-east-1', name: 'cs' });
    await seed('tenant.test', { configurationSet: 'cs' });
    await t.control('POST /aws/tenants', { region: 'us-east-1', name: 'acme' });
    const more = { FromEmailAddress: 'me@tenant.test', TenantName: 'acme' };
    const [identity, set] = [`${HERE}:identity/tenant.test`, `${HERE}:configuration-set/cs`];
    const associate = (ResourceArn: string) =>
      ses.send(new CreateTenantResourceAssociationCommand({ TenantName: 'acme', ResourceArn }));
    const refused = (...arns: string[]) => ({
      name: 'AccessDeniedException',
      message: `Tenant not associated with resources [${arns.join(', ')}].`,
    });
    await expect(send({ ...more, TenantName: 'nobody' })).rejects.toMatchObject({
      name: 'NotFoundException',
      message: 'Tenant nobody for AwsAccountId 111122223333 not found.',
    });
    await expect(send(more)).rejects.toMatchObject(refused(identity, set));
    await associate(identity);
    await expect(send(more)).rejects.toMatchObject(refused(set));
    await associate(set);
    await send(more);
    await expect(send({ ...more, ConfigurationSetName: 'there' })).rejects.toMatchObject(
      refused(`${HERE}:configuration-set/there`),
    );
    await t.control('POST /aws/tenants', {
      region: 'us-east-1',
      name: 'acme',
      resources: [identity, set],
      sendingStatus: 'DISABLED',
    });
    await expect(send(more)).rejects.toMatchObject({ name: 'SendingPausedException' });
  });
});

describe('an SES sandbox account', () => {
  it('sends to verified recipients and the simulator only, one a second, 200 a day', async () => {
    await t.control('POST /aws/identities', { region: 'eu-west-1', name: 'live.test' });
    await t.control('POST /aws/identities', { region: 'eu-west-1', name: 'known@else.test' });
    const eu = t.ses('eu-west-1');
    const to = (...ToAddresses: string[]) => send({ Destination: { ToAddresses } }, eu);
    await expect(to('known@else.test', 'you@else.test')).rejects.toMatchObject({
      name: 'MessageRejected',
      message:
        'Email address is not verified. The following identities failed the check in region EU-WEST-1: you@else.test',
    });
    await to('known@else.test');
    await expect(to('other@live.test')).rejects.toMatchObject({
      name: 'TooManyRequestsException',
      message: 'Maximum sending rate exceeded.',
    });
    t.world.clock.advance(1);
    await to('success+label@simulator.amazonses.com');
    expect((await inbox()).map((message) => message.to)).toEqual([['known@else.test']]);
    expect((await eu.send(new GetAccountCommand({}))).SendQuota?.SentLast24Hours).toBe(2);
    await t.control('POST /aws/account', { region: 'eu-west-1', max24HourSend: 2 });
    t.world.clock.advance(1);
    await expect(to('known@else.test')).rejects.toMatchObject({
      name: 'TooManyRequestsException',
      message: 'Daily message quota exceeded.',
    });
    t.world.clock.advance(24 * 3600);
    await to('known@else.test');
  });
});

describe('a duplicate on request', () => {
  it('sends twice, as a retry after a lost answer would', async () => {
    t.world.faults.add({ kind: 'duplicate', system: 'ses', operation: 'SendEmail', count: 1 });
    await send();
    expect(await inbox('?to=you@else.test')).toHaveLength(2);
  });
});
