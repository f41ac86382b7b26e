import {
  type BulkEmailEntry,
  CreateEmailTemplateCommand,
  CreateTenantResourceAssociationCommand,
  DeleteEmailTemplateCommand,
  GetEmailTemplateCommand,
  ListEmailTemplatesCommand,
  type SESv2Client,
  SendBulkEmailCommand,
  type SendBulkEmailRequest,
  type Template,
  TestRenderEmailTemplateCommand,
  UpdateEmailTemplateCommand,
} from '@aws-sdk/client-sesv2';
import { beforeAll, describe, expect, it } from 'vitest';
import { arn, OURS, openDesk, refuses } from './desk.ts';
import { eventsOf, kindsOf, sendPlain } from './events.ts';

const desk = openDesk();
let ses: SESv2Client;
const WELCOME = {
  Subject: 'Hello {{name}}',
  Text: '{{#each items}}{{@index}}:{{this}} {{/each}}',
  Html: '<b>{{name}}</b>',
};
beforeAll(async () => {
  ses = desk.ses();
  await desk.stage.control('POST /control/aws/account', {
    region: 'us-east-1',
    productionAccess: true,
    maxSendRate: 1000,
  });
  await desk.seed('identities', 'live.test');
  await desk.seed('configuration-sets', 'paused', { sendingEnabled: false });
  await ses.send(new CreateEmailTemplateCommand({ TemplateName: 'welcome', TemplateContent: WELCOME, Tags: OURS }));
});

const create = (TemplateName: string, TemplateContent: object) => (client: SESv2Client) =>
  client.send(new CreateEmailTemplateCommand({ TemplateName, TemplateContent }));
const rendered = (TemplateName: string, data: unknown) =>
  ses.send(new TestRenderEmailTemplateCommand({ TemplateName, TemplateData: JSON.stringify(data) }));
const send = (template: Template, more: object = {}) =>
  sendPlain(ses, ['you@else.test'], { Content: { Template: template }, ...more });
const arrived = async (messageId: string) =>
  ((await desk.stage.control(`GET /control/inbox?messageId=${messageId}`)) as { subject: string; text: string }[])[0];

describe('a template', () => {
  it('is read back, changed, listed with its time', async () => {
    expect(await ses.send(new GetEmailTemplateCommand({ TemplateName: 'welcome' }))).toMatchObject({
      TemplateContent: WELCOME,
      Tags: OURS,
    });
    await create('other', { Subject: 'a', Text: 'b' })(ses);
    await ses.send(
      new UpdateEmailTemplateCommand({ TemplateName: 'other', TemplateContent: { Subject: 'c', Html: 'd' } }),
    );
    const changed = await ses.send(new GetEmailTemplateCommand({ TemplateName: 'other' }));
    expect(changed.TemplateContent).toEqual({ Subject: 'c', Html: 'd' });
    const first = await ses.send(new ListEmailTemplatesCommand({ PageSize: 1 }));
    expect(first.TemplatesMetadata).toEqual([{ TemplateName: 'welcome', CreatedTimestamp: expect.any(Date) }]);
    const rest = await ses.send(new ListEmailTemplatesCommand({ PageSize: 100, NextToken: first.NextToken }));
    expect(rest.TemplatesMetadata?.map((one) => one.TemplateName)).toEqual(['other']);
  });

  it('renders as a whole message, with loops, conditions, partials, and without escaping', async () => {
    await create('rich', {
      Subject: '{{#if vip}}Dear{{else}}Hi{{/if}} {{user.name}}',
      Text: '{{#* inline "line"}}{{sku}}={{../user.name}};{{/inline}}{{#each lines}}{{> line}}{{/each}}{{#unless vip}}!{{/unless}}',
    })(ses);
    const data = { user: { name: '<Ann>' }, lines: [{ sku: 'a' }, { sku: 'b' }] };
    const { RenderedTemplate = '' } = await rendered('rich', data);
    expect(RenderedTemplate).toMatch(/^Date: .*\r\nMessage-ID: <.*>\r\n/);
    expect(RenderedTemplate).toContain('Subject: Hi <Ann>\r\n');
    expect(RenderedTemplate).toContain('MIME-Version: 1.0\r\n');
    expect(RenderedTemplate.split('\r\n\r\n')[1]?.trim()).toBe('a=<Ann>;b=<Ann>;!');
  });

  it('that lacks a value is accepted, and fails in an event', async () => {
    const id = await send({ TemplateName: 'welcome', TemplateData: '{"items":[]}' });
    const [failure, ...more] = await eventsOf(desk, id, 1);
    expect(more).toEqual([]);
    expect(failure?.event).toMatchObject({
      eventType: 'Rendering Failure',
      failure: { errorMessage: "Attribute 'name' is not present in the rendering data.", templateName: 'welcome' },
    });
    expect(failure?.event.mail).not.toHaveProperty('headers');
    expect(failure?.event.mail).not.toHaveProperty('commonHeaders');
  });

  it('is sent by name, by ARN and inline', async () => {
    const TemplateData = JSON.stringify({ name: 'Ann', items: ['x', 'y'] });
    for (const which of [{ TemplateName: 'welcome' }, { TemplateArn: arn('template', 'welcome') }])
      expect(await arrived(await send({ ...which, TemplateData }))).toMatchObject({
        subject: 'Hello Ann',
        text: expect.stringContaining('0:x 1:y'),
      });
    const TemplateContent = { Subject: 'Bye {{name}}', Text: '{{name}}' };
    expect(await arrived(await send({ TemplateContent, TemplateData }))).toMatchObject({ subject: 'Bye Ann' });
  });

  const bad = { error: 'BadRequestException' };
  const missing = { error: 'NotFoundException', status: 404 };
  refuses(desk, [
    { rule: 'a template that is there', call: create('welcome', WELCOME), error: 'AlreadyExistsException' },
    { rule: 'a template without a body', call: create('x', { Subject: 's' }), ...bad },
    {
      rule: 'a block that is not closed',
      call: create('x', { Subject: 's', Text: '{{#if a}}b' }),
      ...bad,
      says: 'not closed',
    },
    { rule: 'a block that nobody knows', call: create('x', { Subject: 's', Text: '{{#twice a}}b{{/twice}}' }), ...bad },
    { rule: 'more than 500 KB', call: create('x', { Subject: 's', Text: 'x'.repeat(512_001) }), ...bad },
    { rule: 'a name with a dot', call: create('a.b', WELCOME), ...bad },
    {
      rule: 'to read what is not there',
      call: (c) => c.send(new GetEmailTemplateCommand({ TemplateName: 'no' })),
      ...missing,
    },
    {
      rule: 'to change what is not there',
      call: (c) => c.send(new UpdateEmailTemplateCommand({ TemplateName: 'no', TemplateContent: WELCOME })),
      ...missing,
    },
    {
      rule: 'to delete what is not there',
      call: (c) => c.send(new DeleteEmailTemplateCommand({ TemplateName: 'no' })),
      ...missing,
    },
    {
      rule: 'to render with a value missing',
      call: () => rendered('welcome', {}),
      ...bad,
      says: "Attribute 'name' is not present",
    },
    { rule: 'to render data that are no object', call: () => rendered('welcome', ['x']), ...bad },
    { rule: 'to send a template that is not there', call: () => send({ TemplateName: 'no' }), ...missing },
    { rule: 'two templates at once', call: () => send({ TemplateName: 'welcome', TemplateContent: WELCOME }), ...bad },
    {
      rule: 'inline content with blocks',
      call: () => send({ TemplateContent: WELCOME, TemplateData: '{}' }),
      ...bad,
      says: 'plain substitution',
    },
    {
      rule: 'data of 262,145 characters',
      call: () => send({ TemplateName: 'welcome', TemplateData: 'x'.repeat(262_145) }),
      ...bad,
    },
  ]);

  it('needs the tenant to have it, permission by its own ARN, and is kept while a tenant has it', async () => {
    await desk.seed('tenants', 'acme', { resources: [arn('identity', 'live.test')] });
    const TemplateData = JSON.stringify({ name: 'Ann', items: [] });
    const template = { TemplateName: 'welcome', TemplateData };
    await expect(send(template, { TenantName: 'acme' })).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: `Tenant not associated with resources [${arn('template', 'welcome')}].`,
      $metadata: { httpStatusCode: 403 },
    });
    await ses.send(
      new CreateTenantResourceAssociationCommand({ TenantName: 'acme', ResourceArn: arn('template', 'welcome') }),
    );
    await send(template, { TenantName: 'acme' });
    await expect(ses.send(new DeleteEmailTemplateCommand({ TemplateName: 'welcome' }))).rejects.toThrow(
      'tenant associations',
    );
    const client = desk.ses(
      'us-east-1',
      await desk.allowed({ Action: 'ses:SendEmail', Resource: arn('identity', '*') }),
    );
    await expect(sendPlain(client, ['you@else.test'], { Content: { Template: template } })).rejects.toThrow(
      `ses:SendEmail on resource: ${arn('template', 'welcome')}`,
    );
  });

  it('of somebody else is deleted, and the call is forbidden', async () => {
    const mark = await desk.stage.mark();
    await ses.send(new DeleteEmailTemplateCommand({ TemplateName: 'other' }));
    expect(await desk.stage.ledger('ses', mark)).toMatchObject([{ effect: true, forbidden: true }]);
  });
});

describe('SendBulkEmail', () => {
  const bulk = (entries: BulkEmailEntry[], more: Partial<SendBulkEmailRequest> = {}, client = ses) =>
    client.send(
      new SendBulkEmailCommand({
        FromEmailAddress: 'me@live.test',
        DefaultContent: { Template: { TemplateName: 'welcome', TemplateData: '{"name":"you","items":[]}' } },
        BulkEmailEntries: entries,
        ...more,
      }),
    );
  const to = (address: string, data?: object): BulkEmailEntry => ({
    Destination: { ToAddresses: [address] },
    ...(data
      ? { ReplacementEmailContent: { ReplacementTemplate: { ReplacementTemplateData: JSON.stringify(data) } } }
      : {}),
  });
  const statuses = async (...args: Parameters<typeof bulk>) =>
    (await bulk(...args)).BulkEmailEntryResults?.map(({ Status }) => Status);

  it('answers 200 in the order of the entries, each with its own fate and data', async () => {
    const { BulkEmailEntryResults: results = [] } = await bulk([
      to('a@else.test'),
      to('nodomain'),
      to('b@else.test', { name: 'Bo' }),
    ]);
    expect(results.map(({ Status }) => Status)).toEqual(['SUCCESS', 'INVALID_PARAMETER', 'SUCCESS']);
    expect(results[1]).toMatchObject({ Error: expect.stringContaining('domain') });
    expect(await arrived(results[0]?.MessageId ?? '')).toMatchObject({ subject: 'Hello you' });
    expect(await arrived(results[2]?.MessageId ?? '')).toMatchObject({ subject: 'Hello Bo' });
    expect(await kindsOf(desk, results[2]?.MessageId ?? '', 2)).toEqual(['Send', 'Delivery']);
  });

  it('tags each entry with the default tags and its own, which win', async () => {
    const tag = (Name: string, Value: string) => ({ Name, Value });
    const { BulkEmailEntryResults: results = [] } = await bulk(
      [to('a@else.test'), { ...to('b@else.test'), ReplacementTags: [tag('kind', 'own')] }],
      { DefaultEmailTags: [tag('kind', 'default'), tag('all', 'yes')] },
    );
    const tags = async (n: number) => (await eventsOf(desk, results[n]?.MessageId ?? '', 1))[0]?.event.mail.tags;
    expect(await tags(0)).toMatchObject({ kind: ['default'], all: ['yes'], 'ses:operation': ['SendBulkEmail'] });
    expect(await tags(1)).toMatchObject({ kind: ['own'], all: ['yes'] });
  });

  it('says by entry what SendEmail says by error', async () => {
    expect(await statuses([to('a@else.test')], { FromEmailAddress: 'me@nobody.test' })).toEqual(['MESSAGE_REJECTED']);
    expect(await statuses([to('a@else.test')], { ConfigurationSetName: 'none' })).toEqual([
      'CONFIGURATION_SET_NOT_FOUND',
    ]);
    expect(await statuses([to('a@else.test')], { ConfigurationSetName: 'paused' })).toEqual([
      'CONFIGURATION_SET_SENDING_PAUSED',
    ]);
    await desk.stage.control('POST /control/aws/account', { region: 'us-east-1', max24HourSend: 0 });
    expect(await statuses([to('a@else.test')])).toEqual(['ACCOUNT_DAILY_QUOTA_EXCEEDED']);
    await desk.stage.control('POST /control/aws/account', {
      region: 'us-east-1',
      max24HourSend: 50_000,
      maxSendRate: 0,
    });
    expect(await statuses([to('a@else.test')])).toEqual(['ACCOUNT_THROTTLED']);
    await desk.stage.control('POST /control/aws/account', { region: 'us-east-1', maxSendRate: 1000 });
  });

  it('needs its own permission', async () => {
    const client = desk.ses('us-east-1', await desk.allowed({ Action: 'ses:SendEmail' }));
    await expect(bulk([to('a@else.test')], {}, client)).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining('ses:SendBulkEmail'),
    });
  });

  refuses(desk, [
    {
      rule: 'more than 50 destinations',
      call: () => bulk(Array.from({ length: 51 }, (_, n) => to(`a${n}@else.test`))),
      error: 'BadRequestException',
    },
    { rule: 'no destination at all', call: () => bulk([]), error: 'BadRequestException' },
  ]);
});
