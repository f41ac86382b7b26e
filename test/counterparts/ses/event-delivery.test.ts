import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SESv2Client } from '@aws-sdk/client-sesv2';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { describeClient, OPENSSL } from '../installed.ts';
import { runProgram } from '../program.ts';
import { openDesk } from './desk.ts';
import { addDestination, at, happen, kindsOf, last, openEvents, sendPlain, TOPIC } from './events.ts';

const desk = openDesk();
let ses: SESv2Client;
beforeAll(async () => {
  ses = await openEvents(desk);
});
afterEach(() => desk.stage.control('DELETE /faults'));

const fault = (kind: string, eventType: string, more: object = {}) =>
  desk.stage.control('POST /faults', { kind, system: 'ses', operation: `event ${eventType}`, count: 1, ...more });

describe('what travels', () => {
  interface Notification {
    readonly body: string;
    readonly headers: Readonly<Record<string, string>>;
  }
  const notification = async () => {
    const { event, destinations } = await last(desk, await sendPlain(ses, at('success')), 2);
    const delivered = destinations.find(({ name }) => name === 'sns')?.delivered as Notification;
    return { event, headers: delivered.headers, envelope: JSON.parse(delivered.body) as Record<string, string> };
  };

  it('to SNS is an envelope in plain text', async () => {
    const { event, headers, envelope } = await notification();
    expect(headers['content-type']).toBe('text/plain; charset=UTF-8');
    expect(envelope).toMatchObject({
      Type: 'Notification',
      Subject: 'Amazon SES Email Event Notification',
      SignatureVersion: '1',
      SigningCertURL: expect.stringMatching(
        /^https:\/\/sns\.us-east-1\.amazonaws\.com\/SimpleNotificationService-[0-9a-f]+\.pem$/,
      ),
    });
    expect(JSON.parse(envelope.Message ?? '')).toEqual(event);
  });

  describeClient(OPENSSL, (openssl) => {
    it('finds it rightly signed, and not when it was changed', async () => {
      const { envelope } = await notification();
      const { publicKey } = (await desk.stage.control('GET /control/aws/sns-key')) as { publicKey: string };
      const folder = mkdtempSync(join(tmpdir(), 'sns-'));
      const signed = ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'];
      const text = signed.map((name) => `${name}\n${envelope[name]}\n`).join('');
      writeFileSync(join(folder, 'signature'), Buffer.from(envelope.Signature ?? '', 'base64'));
      writeFileSync(join(folder, 'key'), publicKey);
      const verdict = async (content: string) => {
        writeFileSync(join(folder, 'text'), content);
        const args = ['dgst', '-sha1', '-verify', 'key', '-signature', 'signature', 'text'];
        return (await runProgram(openssl, args, { folder })).stdout.trim();
      };
      expect(await verdict(text)).toBe('Verified OK');
      expect(await verdict(text.replace('Hello', 'Hallo'))).not.toContain('OK');
      rmSync(folder, { recursive: true });
    });
  });

  it('to EventBridge, Firehose and CloudWatch has their own forms', async () => {
    await addDestination(ses, 'bus', {
      EventBridgeDestination: { EventBusArn: 'arn:aws:events:us-east-1:111122223333:event-bus/default' },
    });
    await addDestination(ses, 'hose', {
      KinesisFirehoseDestination: {
        IamRoleArn: 'arn:aws:iam::111122223333:role/r',
        DeliveryStreamArn: 'arn:aws:firehose:us-east-1:111122223333:deliverystream/s',
      },
    });
    const by = { DimensionName: 'client', DimensionValueSource: 'MESSAGE_TAG', DefaultDimensionValue: 'none' };
    await addDestination(ses, 'metrics', { CloudWatchDestination: { DimensionConfigurations: [by] } });
    const id = await sendPlain(ses, at('success'), { EmailTags: [{ Name: 'client', Value: 'c' }] });
    const row = await last(desk, id, 2);
    const sent = Object.fromEntries(row.destinations.map(({ name, delivered }) => [name, delivered]));
    expect(sent.bus).toMatchObject({
      'detail-type': 'Email Delivered',
      source: 'aws.ses',
      resources: ['arn:aws:ses:us-east-1:111122223333:configuration-set/cs'],
      detail: row.event,
    });
    expect(sent.hose).toBe(`${JSON.stringify(row.event)}\n`);
    expect(sent.metrics).toEqual({ namespace: 'AWS/SES', metric: 'Delivery', dimensions: { client: 'c' } });
  });

  it('can come twice, after the next one, or never', async () => {
    await fault('duplicate', 'Send');
    expect(await kindsOf(desk, await sendPlain(ses, at('success')), 3)).toEqual(['Send', 'Send', 'Delivery']);
    await fault('reorder', 'Send');
    expect(await kindsOf(desk, await sendPlain(ses, at('success')), 2)).toEqual(['Delivery', 'Send']);
    await fault('drop', 'Delivery');
    expect(await kindsOf(desk, await sendPlain(ses, at('bounce')), 2)).toEqual(['Send', 'Bounce']);
    const lost = await sendPlain(ses, at('success'));
    await happen(desk, lost, 'Delivery');
    expect(await kindsOf(desk, lost, 2)).toEqual(['Send', 'Delivery']);
  });

  it('is lost in silence where a topic went away', async () => {
    await desk.turn({ unreachableTopics: [TOPIC] });
    const row = await last(desk, await sendPlain(ses, at('success')), 2);
    expect(row.destinations.find(({ name }) => name === 'sns')).toEqual({ name: 'sns', kind: 'sns' });
    await desk.turn({ unreachableTopics: [] });
  });
});
