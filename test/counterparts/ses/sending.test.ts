import type { SESv2Client, SendEmailRequest } from '@aws-sdk/client-sesv2';
import { beforeAll, describe, expect, it } from 'vitest';
import { arn, openDesk, refuses } from './desk.ts';
import { sendPlain } from './events.ts';

interface Message {
  readonly from: string;
  readonly to: readonly string[];
  readonly raw: string;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly verdicts: { readonly dkim: readonly { readonly domain: string; readonly result: string }[] };
}

const desk = openDesk();
let ses: SESv2Client;
const TOKENS = ['a', 'b', 'c'].map((letter) => letter.repeat(32));
beforeAll(async () => {
  ses = desk.ses();
  const account = { productionAccess: true, maxSendRate: 1000 };
  for (const region of ['us-east-1', 'eu-west-1'])
    await desk.stage.control('POST /control/aws/account', { region, ...account });
  await desk.seed('identities', 'live.test', { tokens: TOKENS, mailFrom: { domain: 'bounce.live.test' } });
  await desk.seed('identities', 'live.test', { region: 'eu-west-1' });
  await desk.seed('identities', 'live.test', { region: 'us-west-2' });
  await desk.seed('identities', 'you@else.test', { region: 'us-west-2' });
  await desk.seed('identities', 'wait.test', { mailFrom: { domain: 'b.wait.test', status: 'PENDING' } });
  const strict = { domain: 'b.strict.test', status: 'FAILED', behavior: 'REJECT_MESSAGE' };
  await desk.seed('identities', 'strict.test', { mailFrom: strict });
  await desk.seed('identities', 'default.test', { configurationSet: 'cs' });
  await desk.seed('configuration-sets', 'cs');
  await desk.seed('configuration-sets', 'paused', { sendingEnabled: false });
  await desk.seed('tenants', 'acme', { resources: [arn('identity', 'live.test'), arn('identity', 'default.test')] });
  await desk.stage.zone(
    'live.test',
    TOKENS.map((token) => ({
      type: 'CNAME',
      name: `${token}._domainkey`,
      content: `${token}.dkim.amazonses.com`,
      ttl: 300,
    })),
  );
});

const arrived = async (id: string): Promise<Message> => {
  const [message] = (await desk.stage.control(`GET /control/inbox?messageId=${id}`)) as Message[];
  if (!message) throw new Error(`${id} did not arrive`);
  return message;
};
const values = ({ headers }: Message, wanted: string) =>
  headers.filter(({ name }) => name.toLowerCase() === wanted.toLowerCase()).map(({ value }) => value);
const send = (more: Partial<SendEmailRequest> = {}, client = ses) => sendPlain(client, ['you@else.test'], more);
const raw = (...lines: string[]) => ({ Raw: { Data: Buffer.from(lines.join('\r\n')) } });
const from = (address: string) => () => send({ FromEmailAddress: address });
const withHeaders = (...Headers: { Name: string; Value: string }[]) => ({
  Content: { Simple: { Subject: { Data: 's' }, Body: { Text: { Data: 't' } }, Headers } },
});

describe('a message', () => {
  it('gets SES’s own Message-ID, Date, Return-Path and two signatures', async () => {
    const text = raw(
      'From: me@live.test',
      'Date: Thu, 1 Jan 1970 00:00:00 +0000',
      'Message-ID: <own@live.test>',
      'Bcc: secret@else.test',
      '',
      'x',
    );
    const id = await send({ FromEmailAddress: undefined, Content: text });
    const message = await arrived(id);
    expect(values(message, 'Message-ID')).toEqual([`<${id}@email.amazonses.com>`]);
    expect(values(message, 'Date')).toHaveLength(1);
    expect(values(message, 'Date')[0]).not.toContain('1970');
    expect(values(message, 'Bcc')).toEqual([]);
    expect(message.from).toBe(`${id}@bounce.live.test`);
    expect(message.verdicts.dkim.map(({ domain, result }) => `${domain} ${result}`)).toEqual([
      'live.test pass',
      'amazonses.com pass',
    ]);
  });

  it('falls back to amazonses.com while its MAIL FROM is not verified, and in another Region to that Region’s', async () => {
    const waiting = await send({ FromEmailAddress: 'a@wait.test' });
    expect((await arrived(waiting)).from).toBe(`${waiting}@amazonses.com`);
    const west = await send({}, desk.ses('eu-west-1'));
    const message = await arrived(west);
    expect(message.from).toBe(`${west}@eu-west-1.amazonses.com`);
    expect(values(message, 'Message-ID')).toEqual([`<${west}@eu-west-1.amazonses.com>`]);
  });

  it('is told by its X-SES headers, which do not arrive, and by the call before them', async () => {
    const lines = (set: string) =>
      raw('From: me@live.test', `X-SES-CONFIGURATION-SET: ${set}`, 'X-SES-MESSAGE-TAGS: a=b', 'X-Own: kept', '', 'x');
    const message = await arrived(await send({ Content: lines('cs') }));
    expect(
      message.headers
        .map(({ name }) => name.toLowerCase())
        .filter((name) => name.startsWith('x-ses-') && name !== 'x-ses-outgoing'),
    ).toEqual([]);
    expect(values(message, 'X-Own')).toEqual(['kept']);
    await expect(send({ Content: lines('none') })).rejects.toMatchObject({ name: 'NotFoundException' });
    await send({ Content: lines('none'), ConfigurationSetName: 'cs' });
    const tenant = raw('From: me@live.test', 'X-SES-TENANT: nobody', '', 'x');
    await expect(send({ Content: tenant })).rejects.toThrow('Tenant nobody');
  });

  const bad = { error: 'BadRequestException' };
  const rejected = { error: 'MessageRejected' };
  const missing = { error: 'NotFoundException', status: 404 };
  const tag = (Name: string, Value: string) => () => send({ EmailTags: [{ Name, Value }] });
  const to =
    (...addresses: string[]) =>
    () =>
      sendPlain(ses, addresses);
  const content = (Content: object) => () => send({ Content: Content as SendEmailRequest['Content'] });
  const header =
    (Name: string, Value = 'x') =>
    () =>
      send(withHeaders({ Name, Value }));
  refuses(desk, [
    {
      rule: 'a sender that is not verified',
      call: from('me@nobody.test'),
      ...rejected,
      says: /failed the check in region US-EAST-1: me@nobody\.test/,
    },
    { rule: '51 recipients', call: to(...Array.from({ length: 51 }, (_, n) => `a${n}@else.test`)), ...bad },
    { rule: 'no recipient', call: to(), ...bad },
    { rule: 'a recipient without a domain', call: to('nobody'), ...bad },
    { rule: 'a local part that is not ASCII', call: to('ü@else.test'), ...bad },
    { rule: 'a domain that is not Punycode', call: to('a@bücher.test'), ...bad },
    { rule: 'a display name that is not ASCII', call: from('Ü <me@live.test>'), ...bad },
    { rule: 'a tag name with a dot', call: tag('a.b', 'x'), ...bad },
    { rule: 'a tag value with a dot', call: tag('a', 'x.y'), ...bad },
    { rule: 'a tag of 257 characters', call: tag('a', 'x'.repeat(257)), ...bad },
    { rule: 'a header that SES sets itself', call: header('Message-ID'), ...bad },
    { rule: 'a header of 127 characters', call: header('X'.repeat(127)), ...bad },
    { rule: 'a header value of 996 characters', call: header('X', 'x'.repeat(996)), ...bad },
    { rule: 'name and value of 997 characters', call: header('X-Long', 'x'.repeat(991)), ...bad },
    { rule: 'a header that is not ASCII', call: header('X', 'ü'), ...bad },
    {
      rule: '16 headers',
      call: () => send(withHeaders(...Array.from({ length: 16 }, (_, n) => ({ Name: `X-${n}`, Value: 'x' })))),
      ...bad,
    },
    {
      rule: 'List-Unsubscribe twice',
      call: () => send(withHeaders(...['a', 'b'].map((Value) => ({ Name: 'List-Unsubscribe', Value })))),
      ...bad,
    },
    { rule: 'Raw without From', call: content(raw('Subject: x', '', 'x')), ...bad },
    {
      rule: 'two kinds of content',
      call: content({ ...raw('From: me@live.test', '', 'x'), ...withHeaders().Content }),
      ...bad,
    },
    { rule: 'no content', call: content({}), ...bad },
    {
      rule: 'a contact list that is not there',
      call: () => send({ ListManagementOptions: { ContactListName: 'x' } }),
      ...missing,
    },
    { rule: 'a configuration set that is not there', call: () => send({ ConfigurationSetName: 'none' }), ...missing },
    {
      rule: 'a paused configuration set',
      call: () => send({ ConfigurationSetName: 'paused' }),
      error: 'SendingPausedException',
    },
    {
      rule: 'a MAIL FROM that is not verified, where that rejects',
      call: from('a@strict.test'),
      error: 'MailFromDomainNotVerifiedException',
    },
    {
      rule: 'an unknown tenant',
      call: () => send({ TenantName: 'nobody' }),
      ...missing,
      says: 'Tenant nobody for AwsAccountId 111122223333 not found.',
    },
    {
      rule: 'an identity that the tenant does not have',
      call: () => send({ FromEmailAddress: 'a@wait.test', TenantName: 'acme' }),
      error: 'AccessDeniedException',
      status: 403,
      says: `Tenant not associated with resources [${arn('identity', 'wait.test')}].`.replaceAll(/[[\].]/g, '\\$&'),
    },
    {
      rule: 'a default configuration set that the tenant does not have',
      call: () => send({ FromEmailAddress: 'a@default.test', TenantName: 'acme' }),
      error: 'AccessDeniedException',
      status: 403,
      says: arn('configuration-set', 'cs'),
    },
    {
      rule: 'strangers in a sandbox account',
      call: (west) => sendPlain(west, ['you@else.test', 'stranger@else.test']),
      region: 'us-west-2',
      ...rejected,
      says: 'stranger@else.test',
    },
  ]);

  it('is counted by recipients in a sandbox account: one a second, 200 a day', async () => {
    const west = desk.ses('us-west-2');
    const burst = () =>
      sendPlain(
        west,
        Array.from({ length: 50 }, (_, n) => `success+${n}@simulator.amazonses.com`),
      );
    const second = () => desk.stage.control('POST /clock', { advance: 2 });
    await sendPlain(west, ['you@else.test']);
    await expect(sendPlain(west, ['you@else.test'])).rejects.toMatchObject({
      name: 'TooManyRequestsException',
      message: 'Maximum sending rate exceeded.',
      $metadata: { httpStatusCode: 429 },
    });
    for (let n = 0; n < 3; n += 1) {
      await second();
      await burst();
    }
    await second();
    await expect(burst()).rejects.toThrow('Daily message quota exceeded');
    await desk.advance(24);
    await burst();
  });

  it('is stopped by a paused, suspended or shut-down account', async () => {
    const account = (more: object) => desk.stage.control('POST /control/aws/account', { region: 'us-east-1', ...more });
    await account({ sendingEnabled: false });
    await expect(send()).rejects.toMatchObject({ name: 'SendingPausedException' });
    await account({ sendingEnabled: true, enforcement: 'SHUTDOWN' });
    await expect(send()).rejects.toMatchObject({ name: 'AccountSuspendedException' });
    await account({ enforcement: 'PROBATION' });
    await send();
  });

  it('is sent twice by a retry after a lost answer: there is no idempotency', async () => {
    const lose = (kind: string) =>
      desk.stage.control('POST /faults', { kind, system: 'ses', operation: 'SendEmail', count: 1 });
    const inbox = (to: string) => desk.stage.control(`GET /control/inbox?to=${to}`);
    await lose('error-after');
    const failed = sendPlain(ses, ['twice@else.test']);
    await expect(failed).rejects.toMatchObject({ $metadata: { httpStatusCode: 500 } });
    await sendPlain(ses, ['twice@else.test']);
    expect(await inbox('twice@else.test')).toHaveLength(2);
    await lose('error-before');
    await expect(sendPlain(ses, ['once@else.test'])).rejects.toThrow();
    await sendPlain(ses, ['once@else.test']);
    expect(await inbox('once@else.test')).toHaveLength(1);
    await lose('duplicate');
    await sendPlain(ses, ['double@else.test']);
    expect(await inbox('double@else.test')).toHaveLength(2);
  });
});
