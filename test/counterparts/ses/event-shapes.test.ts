import type { SESv2Client } from '@aws-sdk/client-sesv2';
import { beforeAll, describe, expect, it } from 'vitest';
import { openDesk } from './desk.ts';
import { at, eventsOf, happen, kindsOf, last, openEvents, sendPlain, type Told } from './events.ts';

const desk = openDesk();
let ses: SESv2Client;
beforeAll(async () => {
  ses = await openEvents(desk);
});

const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
const ID = expect.stringMatching(/^0100[0-9a-f]{12}-[0-9a-f-]{36}-000000$/);

describe('the mailbox simulator', () => {
  it.each([
    ['success', ['Send', 'Delivery']],
    ['bounce+k1', ['Send', 'Bounce']],
    ['ooto', ['Send', 'Delivery', 'Bounce']],
    ['complaint', ['Send', 'Delivery', 'Complaint']],
    ['suppressionlist', ['Send', 'Bounce']],
  ])('%s', async (name, kinds) => {
    expect(await kindsOf(desk, await sendPlain(ses, at(name)), kinds.length)).toEqual(kinds);
  });

  it('puts nobody on a list, whatever bounces', async () => {
    const id = await sendPlain(ses, at('success'));
    await happen(desk, id, 'Bounce');
    await eventsOf(desk, id, 3);
    expect(await desk.stage.control('GET /control/aws/suppressed')).toEqual([]);
  });
});

describe('an event', () => {
  it('Send has an empty member, the mail with its headers, and tags whose values are lists', async () => {
    const id = await sendPlain(ses, at('success'), { EmailTags: [{ Name: 'client', Value: 'c-1' }] });
    const [{ event }] = (await eventsOf(desk, id, 2)) as [Told];
    expect(event).toMatchObject({ eventType: 'Send', send: {} });
    expect(event.mail).toMatchObject({
      timestamp: TIME,
      messageId: id,
      source: 'Me <me@live.test>',
      sourceArn: 'arn:aws:ses:us-east-1:111122223333:identity/live.test',
      sendingAccountId: '111122223333',
      destination: at('success'),
      headersTruncated: false,
      headers: expect.arrayContaining([
        { name: 'Subject', value: 'Hello' },
        { name: 'X-SES-MESSAGE-TAGS', value: 'client=c-1' },
      ]),
      commonHeaders: { from: ['Me <me@live.test>'], to: at('success'), messageId: id, subject: 'Hello' },
      tags: {
        client: ['c-1'],
        'ses:configuration-set': ['cs'],
        'ses:operation': ['SendEmail'],
        'ses:from-domain': ['live.test'],
      },
    });
    expect(event.mail.tags).not.toHaveProperty('ses:outgoing-ip');
    const values = Object.values(event.mail.tags as object);
    expect(values.every((value) => Array.isArray(value) && value.every((one) => typeof one === 'string'))).toBe(true);
  });

  it('Send of a template has no subject, of Raw content the id that it came with', async () => {
    const TemplateContent = { Subject: 'S', Text: 't' };
    const templated = await sendPlain(ses, at('success'), {
      Content: { Template: { TemplateContent, TemplateData: '{}' } },
    });
    const [send, delivery] = await eventsOf(desk, templated, 2);
    expect(send?.event.mail.commonHeaders).not.toHaveProperty('subject');
    expect(delivery?.event.mail.commonHeaders).toHaveProperty('subject', 'S');
    const text = 'From: me@live.test\r\nMessage-ID: <own@live.test>\r\nX-SES-MESSAGE-TAGS: a=b, c=d\r\n\r\nx';
    const raw = await sendPlain(ses, at('success'), { Content: { Raw: { Data: Buffer.from(text) } } });
    const [first] = await eventsOf(desk, raw, 1);
    expect(first?.event.mail).toMatchObject({
      messageId: raw,
      commonHeaders: { messageId: '<own@live.test>' },
      tags: { a: ['b'], c: ['d'], 'ses:operation': ['SendRawEmail'] },
    });
  });

  it('cuts headers after 10 KB and says so', async () => {
    const Headers = Array.from({ length: 14 }, (_, n) => ({ Name: `X-Long-${n}`, Value: 'v'.repeat(900) }));
    const Content = { Simple: { Subject: { Data: 's' }, Body: { Text: { Data: 't' } }, Headers } };
    const [send] = await eventsOf(desk, await sendPlain(ses, at('success'), { Content }), 1);
    expect(send?.event.mail.headersTruncated).toBe(true);
    const names = (send?.event.mail.headers as { name: string }[] | undefined)?.map(({ name }) => name);
    expect(names).toContain('X-Long-9');
    expect(names).not.toContain('X-Long-13');
  });

  it('Delivery says where from and how long it took', async () => {
    const { event } = await last(desk, await sendPlain(ses, at('success')), 2);
    expect(event.delivery).toEqual({
      timestamp: TIME,
      processingTimeMillis: expect.any(Number),
      recipients: at('success'),
      smtpResponse: expect.stringMatching(/^250 /),
      reportingMTA: expect.any(String),
    });
    expect(event.mail.tags).toHaveProperty('ses:outgoing-ip');
  });

  it('Bounce has status and diagnosis only with a notification from the other side', async () => {
    const { event } = await last(desk, await sendPlain(ses, at('bounce')), 2);
    expect(event.bounce).toEqual({
      bounceType: 'Permanent',
      bounceSubType: 'General',
      bouncedRecipients: [
        {
          emailAddress: at('bounce')[0],
          action: 'failed',
          status: '5.1.1',
          diagnosticCode: 'smtp; 550 5.1.1 user unknown',
        },
      ],
      timestamp: TIME,
      feedbackId: ID,
      reportingMTA: expect.any(String),
    });
    const id = await sendPlain(ses, at('success'));
    await happen(desk, id, 'Bounce', { bounceType: 'Undetermined', bounceSubType: 'Undetermined', dsn: false });
    expect((await last(desk, id, 3)).event.bounce).toEqual({
      bounceType: 'Undetermined',
      bounceSubType: 'Undetermined',
      bouncedRecipients: [{ emailAddress: at('success')[0] }],
      timestamp: TIME,
      feedbackId: ID,
    });
    const { event: listed } = await last(desk, await sendPlain(ses, at('suppressionlist')), 2);
    expect(listed.bounce).toMatchObject({ bounceType: 'Permanent', bounceSubType: 'Suppressed' });
    const { event: away } = await last(desk, await sendPlain(ses, at('ooto')), 3);
    expect(away.bounce).toMatchObject({ bounceType: 'Transient', bounceSubType: 'General' });
  });

  it('Complaint has a type only where a report came with it', async () => {
    const { event } = await last(desk, await sendPlain(ses, at('complaint')), 3);
    expect(event.complaint).toEqual({
      complainedRecipients: [{ emailAddress: at('complaint')[0] }],
      timestamp: TIME,
      feedbackId: ID,
      complaintSubType: null,
      userAgent: expect.any(String),
      complaintFeedbackType: 'abuse',
      arrivalDate: TIME,
    });
    const id = await sendPlain(ses, at('success'));
    await happen(desk, id, 'Complaint');
    const bare = (await last(desk, id, 3)).event.complaint;
    expect(Object.keys(bare as object).toSorted()).toEqual([
      ...['complainedRecipients', 'complaintSubType', 'feedbackId', 'timestamp'],
    ]);
  });

  it('Reject comes instead of sending, for a virus', async () => {
    const virus = ['X5O!P%@AP[4\\PZX54(P^)7CC)7}', '$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*'].join('');
    const Attachments = [{ FileName: 'a.bin', RawContent: Buffer.from(virus) }];
    const Content = { Simple: { Subject: { Data: 's' }, Body: { Text: { Data: 't' } }, Attachments } };
    const rows = await eventsOf(desk, await sendPlain(ses, ['you@else.test'], { Content }), 1);
    expect(rows.map(({ event }) => [event.eventType, event.reject])).toEqual([['Reject', { reason: 'Bad content' }]]);
    expect(await desk.stage.control('GET /control/inbox?to=you@else.test')).toEqual([]);
  });

  it('Open and Click come only where a destination asks for them, and lack the ARN of the source', async () => {
    const id = await sendPlain(ses, at('success'));
    await happen(desk, id, 'Open');
    await happen(desk, id, 'Click', { link: 'https://live.test/x' });
    const [opened, clicked] = (await eventsOf(desk, id, 4)).slice(2);
    expect(opened?.event.open).toEqual({
      ipAddress: expect.any(String),
      timestamp: TIME,
      userAgent: expect.any(String),
    });
    expect(clicked?.event.click).toMatchObject({ link: 'https://live.test/x', linkTags: null });
    for (const row of [opened, clicked]) expect(row?.event.mail).not.toHaveProperty('sourceArn');
    const unseen = await sendPlain(ses, at('success'), { ConfigurationSetName: 'silent' });
    expect(await happen(desk, unseen, 'Open')).toEqual({ published: false });
  });

  it('DeliveryDelay lacks headers, and comes where the other side says not now', async () => {
    await desk.stage.control('POST /faults', { kind: 'throttle', system: 'smtp', operation: 'DATA', count: 1 });
    const id = await sendPlain(ses, ['slow@else.test']);
    const { event } = await last(desk, id, 2);
    expect(event.deliveryDelay).toEqual({
      timestamp: TIME,
      delayType: 'RecipientServerError',
      expirationTime: TIME,
      delayedRecipients: [
        {
          emailAddress: 'slow@else.test',
          status: '4.3.2',
          diagnosticCode: expect.stringMatching(/^smtp; 451 4\.3\.2/),
        },
      ],
      reportingMTA: expect.any(String),
    });
    for (const key of ['headers', 'commonHeaders']) expect(event.mail).not.toHaveProperty(key);
  });

  it('Rendering Failure has a space in its name and another name for its member; Subscription tells before and after', async () => {
    const id = await sendPlain(ses, at('success'));
    await happen(desk, id, 'Rendering Failure', { errorMessage: 'm', templateName: 't' });
    await happen(desk, id, 'Subscription', { contactList: 'list', topicName: 'topic' });
    const [failure, subscription] = (await eventsOf(desk, id, 4)).slice(2);
    expect(failure?.event).toMatchObject({
      eventType: 'Rendering Failure',
      failure: { errorMessage: 'm', templateName: 't' },
    });
    expect(subscription?.event.subscription).toMatchObject({
      contactList: 'list',
      newTopicPreferences: { unsubscribeAll: true },
      oldTopicPreferences: { unsubscribeAll: false },
    });
  });
});
