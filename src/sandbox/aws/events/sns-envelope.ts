import { createHash, createSign, type KeyObject, randomUUID } from 'node:crypto';

/** What SNS posts to an HTTP subscriber: text/plain although the body is JSON, with the type in a header. */
export interface SnsNotification {
  readonly headers: Readonly<Record<string, string>>;
  /** The body as sent. */
  readonly body: string;
}

const SUBJECT = 'Amazon SES Email Event Notification';
/** Members that SNS signs, in this order (SNS developer guide, "Verifying the signatures of Amazon SNS messages"). */
const SIGNED = ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'] as const;

/** Wraps a message as SNS does, signed for real: SignatureVersion 1 is SHA1 with RSA. `now` in milliseconds. */
export function snsNotification(topicArn: string, message: string, now: number, key: KeyObject): SnsNotification {
  const region = topicArn.split(':')[3] ?? '';
  const host = `https://sns.${region}.amazonaws.com`;
  const subscription = `${topicArn}:${randomUUID()}`;
  const signed = {
    Type: 'Notification',
    MessageId: randomUUID(),
    TopicArn: topicArn,
    Subject: SUBJECT,
    Message: message,
    Timestamp: new Date(now).toISOString(),
  };
  const text = SIGNED.map((name) => `${name}\n${signed[name]}\n`).join('');
  const pem = `SimpleNotificationService-${createHash('md5').update(region).digest('hex')}.pem`;
  const body = {
    ...signed,
    SignatureVersion: '1',
    Signature: createSign('RSA-SHA1').update(text, 'utf8').sign(key, 'base64'),
    SigningCertURL: `${host}/${pem}`,
    UnsubscribeURL: `${host}/?Action=Unsubscribe&SubscriptionArn=${subscription}`,
  };
  return {
    headers: {
      'content-type': 'text/plain; charset=UTF-8',
      'x-amz-sns-message-type': 'Notification',
      'x-amz-sns-message-id': signed.MessageId,
      'x-amz-sns-topic-arn': topicArn,
      'x-amz-sns-subscription-arn': subscription,
    },
    body: JSON.stringify(body),
  };
}
