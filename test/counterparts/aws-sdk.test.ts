import {
  AlreadyExistsException,
  CreateEmailIdentityCommand,
  CreateTenantCommand,
  GetEmailIdentityCommand,
  type GetEmailIdentityCommandOutput,
  NotFoundException,
  PutEmailIdentityMailFromAttributesCommand,
  paginateListEmailIdentities,
  SESv2Client,
  SendEmailCommand,
  TooManyRequestsException,
} from '@aws-sdk/client-sesv2';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openStage, type Stage } from '../journeys/stage.ts';
import { until } from './program.ts';

// The official SDK with its own settings and retries, not as our client opens it. A development dependency: always here.
describe('AWS SDK for JavaScript', () => {
  let stage: Stage;
  const clients: { destroy(): void }[] = [];
  beforeAll(async () => {
    stage = await openStage();
    await stage.control('POST /control/aws/account', { region: 'us-east-1', productionAccess: true });
  });
  afterEach(() => stage.control('DELETE /faults'));
  afterAll(async () => {
    for (const client of clients) client.destroy();
    await stage.close();
  });

  const credentials = () => ({
    accessKeyId: stage.env.AWS_ACCESS_KEY_ID ?? '',
    secretAccessKey: stage.env.AWS_SECRET_ACCESS_KEY ?? '',
  });
  function ses(region = 'us-east-1', more: { maxAttempts?: number } = {}): SESv2Client {
    const endpoint = stage.env.AWS_ENDPOINT_URL_SESV2 ?? '';
    const client = new SESv2Client({ region, endpoint, credentials: credentials(), ...more });
    clients.push(client);
    return client;
  }
  const get = (client: SESv2Client, EmailIdentity: string) =>
    client.send(new GetEmailIdentityCommand({ EmailIdentity }));

  it('learns who it is', async () => {
    const sts = new STSClient({
      region: 'us-east-1',
      endpoint: stage.env.AWS_ENDPOINT_URL_STS ?? '',
      credentials: credentials(),
    });
    clients.push(sts);
    const who = await sts.send(new GetCallerIdentityCommand({}));
    expect(who).toMatchObject({ Account: expect.stringMatching(/^\d{12}$/), UserId: expect.any(String) });
    expect(who.Arn).toContain(`:${who.Account}:`);
  });

  it('creates an identity, reads it back, and its times are times', async () => {
    const client = ses();
    const made = await client.send(
      new CreateEmailIdentityCommand({ EmailIdentity: 'sdk.test', Tags: [{ Key: 'a', Value: 'ü b' }] }),
    );
    expect(made.DkimAttributes).toMatchObject({ Status: 'NOT_STARTED', SigningHostedZone: 'dkim.amazonses.com' });
    const read = await get(client, 'sdk.test');
    expect(read.DkimAttributes?.Tokens).toEqual(made.DkimAttributes?.Tokens);
    expect(read.Tags).toEqual([{ Key: 'a', Value: 'ü b' }]);
    expect(read.MailFromAttributes).toBeUndefined();
    expectNow(read.DkimAttributes?.LastKeyGenerationTimestamp);
    const checked = await until(
      () => get(client, 'sdk.test'),
      (identity) => identity.VerificationInfo !== undefined,
    );
    expectNow(checked.VerificationInfo?.LastCheckedTimestamp);
    const tenant = await client.send(new CreateTenantCommand({ TenantName: 'sdk' }));
    expectNow(tenant.CreatedTimestamp);
  });

  it('pages through the list with its own paginator, which ends', async () => {
    const names = Array.from({ length: 5 }, (_, n) => `page${n}.test`);
    for (const name of names) await stage.control('POST /control/aws/identities', { region: 'eu-west-1', name });
    const pages: (string | undefined)[][] = [];
    for await (const page of paginateListEmailIdentities({ client: ses('eu-west-1'), pageSize: 2 }, {}))
      pages.push((page.EmailIdentities ?? []).map((one) => one.IdentityName));
    expect(pages.map((page) => page.length)).toEqual([2, 2, 1]);
    expect(pages.flat().toSorted()).toEqual(names);
    const calls = (await stage.ledger('ses')).filter((row) => row.operation === 'ListEmailIdentities');
    expect(calls.every((row) => row.request.method === 'POST')).toBe(true);
  });

  it('replicates the DKIM key of another region', async () => {
    const west = ses('us-west-2');
    const parent = await ses().send(new CreateEmailIdentityCommand({ EmailIdentity: 'deed.test' }));
    const replica = await west.send(
      new CreateEmailIdentityCommand({
        EmailIdentity: 'deed.test',
        DkimSigningAttributes: { DomainSigningAttributesOrigin: 'AWS_SES_US_EAST_1' },
      }),
    );
    expect(replica.DkimAttributes?.SigningAttributesOrigin).toBe('AWS_SES_US_EAST_1');
    expect(replica.DkimAttributes?.Tokens).toEqual(parent.DkimAttributes?.Tokens);
    expect(replica.DkimAttributes?.SigningHostedZone).toBe(parent.DkimAttributes?.SigningHostedZone);
    const own = await west.send(new CreateEmailIdentityCommand({ EmailIdentity: 'own.test' }));
    const other = await ses().send(new CreateEmailIdentityCommand({ EmailIdentity: 'own.test' }));
    expect(own.DkimAttributes?.Tokens).not.toEqual(other.DkimAttributes?.Tokens);
  });

  it('sees a replica without a parent fail later, not at the call', async () => {
    const west = ses('us-west-2');
    await west.send(
      new CreateEmailIdentityCommand({
        EmailIdentity: 'orphan.test',
        DkimSigningAttributes: { DomainSigningAttributesOrigin: 'AWS_SES_US_EAST_1' },
      }),
    );
    const read = await until(
      () => get(west, 'orphan.test'),
      (identity) => identity.VerificationInfo?.ErrorType !== undefined,
    );
    expect(read.VerificationInfo?.ErrorType).toMatch(/^REPLICATION_/);
  });

  it('throws its own error classes', async () => {
    const client = ses();
    const missing = get(client, 'nobody.test');
    await expect(missing).rejects.toBeInstanceOf(NotFoundException);
    await expect(missing).rejects.toMatchObject({ $metadata: { httpStatusCode: 404, requestId: expect.any(String) } });
    await client.send(new CreateEmailIdentityCommand({ EmailIdentity: 'twice.test' }));
    const again = client.send(new CreateEmailIdentityCommand({ EmailIdentity: 'twice.test' }));
    await expect(again).rejects.toBeInstanceOf(AlreadyExistsException);
    await expect(again).rejects.toMatchObject({ $metadata: { httpStatusCode: 400 } });
  });

  it('knows a throttle as one, and waits it out where it may', async () => {
    const throttle = (count: number) =>
      stage.control('POST /faults', { kind: 'throttle', system: 'ses', operation: 'GetEmailIdentity', count });
    await throttle(1);
    const once = get(ses('us-east-1', { maxAttempts: 1 }), 'sdk.test');
    await expect(once).rejects.toBeInstanceOf(TooManyRequestsException);
    await throttle(2);
    const patient = await get(ses('us-east-1', { maxAttempts: 3 }), 'sdk.test');
    expect(patient.$metadata.attempts).toBe(3);
  });

  it('repeats a read after an HTML page and a cut connection', async () => {
    for (const fault of [{ kind: 'html' }, { kind: 'drop', bytes: 20 }]) {
      await stage.control('POST /faults', { ...fault, system: 'ses', operation: 'GetEmailIdentity', count: 1 });
      const read = await get(ses(), 'sdk.test');
      expect(read.$metadata.attempts, fault.kind).toBe(2);
    }
  });

  it('sends what arrives and passes, once the records are in the zone', async () => {
    const client = ses();
    await stage.zone('mail.test');
    const made = await client.send(new CreateEmailIdentityCommand({ EmailIdentity: 'mail.test' }));
    await client.send(
      new PutEmailIdentityMailFromAttributesCommand({
        EmailIdentity: 'mail.test',
        MailFromDomain: 'bounce.mail.test',
      }),
    );
    await publish('mail.test', [
      ...(made.DkimAttributes?.Tokens ?? []).map((token) => ({
        type: 'CNAME',
        name: `${token}._domainkey.mail.test`,
        content: `${token}.${made.DkimAttributes?.SigningHostedZone}`,
      })),
      { type: 'MX', name: 'bounce.mail.test', content: 'feedback-smtp.us-east-1.amazonses.com', priority: 10 },
      { type: 'TXT', name: 'bounce.mail.test', content: '"v=spf1 include:amazonses.com ~all"' },
      { type: 'TXT', name: '_dmarc.mail.test', content: '"v=DMARC1; p=reject; aspf=r"' },
    ]);
    const isReady = (identity: GetEmailIdentityCommandOutput) =>
      identity.VerifiedForSendingStatus === true && identity.MailFromAttributes?.MailFromDomainStatus === 'SUCCESS';
    const ready = await until(() => get(client, 'mail.test'), isReady);
    expect(ready.DkimAttributes?.Status).toBe('SUCCESS');
    expectNow(ready.VerificationInfo?.LastSuccessTimestamp);

    const { MessageId } = await client.send(
      new SendEmailCommand({
        FromEmailAddress: 'Me <me@mail.test>',
        Destination: { ToAddresses: ['you@inbox.test'] },
        Content: { Simple: { Subject: { Data: 'Grüße', Charset: 'UTF-8' }, Body: { Text: { Data: 'Hello' } } } },
      }),
    );
    const [message] = (await stage.control(`GET /control/inbox?messageId=${MessageId}`)) as unknown[];
    expect(message).toMatchObject({
      from: `${MessageId}@bounce.mail.test`,
      to: ['you@inbox.test'],
      subject: 'Grüße',
      verdicts: {
        spf: { result: 'pass', domain: 'bounce.mail.test' },
        dkim: [
          { result: 'pass', domain: 'mail.test' },
          { result: 'pass', domain: 'amazonses.com' },
        ],
        dmarc: { result: 'pass', policy: 'reject' },
      },
    });
  });

  /** Puts records into a zone as anybody with the token could. */
  async function publish(zone: string, records: readonly object[]): Promise<void> {
    const base = stage.env.CLOUDFLARE_BASE_URL ?? '';
    const headers = {
      authorization: `Bearer ${stage.env.CLOUDFLARE_API_TOKEN}`,
      'content-type': 'application/json',
    };
    const listed = await fetch(`${base}/zones?name=${zone}`, { headers });
    const { result } = (await listed.json()) as { result: { id: string }[] };
    const posts = records.map((record) => ({ ttl: 300, ...record }));
    const answer = await fetch(`${base}/zones/${result[0]?.id}/dns_records/batch`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ posts }),
    });
    expect(await answer.json()).toMatchObject({ success: true });
  }
});

/** Seconds read as milliseconds would lie in 1970, the reverse in a far future. */
function expectNow(date: Date | undefined): void {
  expect(date).toBeInstanceOf(Date);
  expect(Math.abs((date?.getTime() ?? 0) - Date.now())).toBeLessThan(600_000);
}
