import { GetAccountCommand, ListEmailIdentitiesCommand, SESv2Client } from '@aws-sdk/client-sesv2';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callRaw, type RawCall } from './signed.fixture.ts';
import { openTestAws, type TestAws } from './world.fixture.ts';

const ACCOUNT = { method: 'GET', path: '/v2/email/account' };
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const WHO = { path: '/', body: 'Action=GetCallerIdentity&Version=2011-06-15', headers: FORM, service: 'sts' };

let t: TestAws;
beforeAll(async () => {
  t = await openTestAws();
});
afterAll(() => t.close());

const raw = (call: RawCall, credentials = t.credentials) => callRaw(t.endpoint, credentials, call);
const minutesAway = (minutes: number) => new Date(Date.now() + minutes * 60_000);

describe('signatures', () => {
  it('are recomputed: a right one passes, with escaped paths and queries too', async () => {
    expect((await raw(ACCOUNT)).status).toBe(200);
    const missing = await raw({ method: 'GET', path: '/v2/email/identities/a%2Bb%40c.test' });
    expect(missing).toMatchObject({ status: 404, type: 'NotFoundException' });
    expect((await raw({ method: 'GET', path: '/v2/email/identities?PageSize=3&NextToken=x%2Fy%3D' })).type).toBe(
      'BadRequestException',
    );
  });

  it('are refused where the request is not the one that was signed', async () => {
    const put = {
      method: 'PUT',
      path: '/v2/email/identities/a.test/feedback',
      body: '{"EmailForwardingEnabled":false}',
    };
    for (const tamper of [
      (request: { body: string | undefined }) => {
        request.body = '{"EmailForwardingEnabled":true}';
      },
      (request: { url: string }) => {
        request.url = request.url.replace('a.test', 'b.test');
      },
      (request: { headers: Record<string, string> }) => {
        const { authorization = '' } = request.headers;
        request.headers.authorization = authorization.replace('us-east-1', 'us-west-2');
      },
      (request: { headers: Record<string, string> }) => {
        request.headers['x-amz-extra'] = 'unsigned';
      },
    ]) {
      const answer = await raw({ ...put, tamper });
      expect(answer).toMatchObject({ status: 403, type: 'InvalidSignatureException' });
    }
    const wrong = await raw(ACCOUNT, { ...t.credentials, secretAccessKey: 'wrong' });
    expect(wrong).toMatchObject({ status: 403, type: 'InvalidSignatureException' });
    expect(wrong.text).toContain('The request signature we calculated does not match');
  });

  it('must be there, of a known key, for the right service', async () => {
    const none = await fetch(`${t.endpoint}/v2/email/account`);
    expect([none.status, none.headers.get('x-amzn-errortype')]).toEqual([403, 'MissingAuthenticationTokenException']);
    const stamp = new Date().toISOString().replaceAll(/[-:]|\.\d{3}/g, '');
    const scope = `${t.credentials.accessKeyId}/${stamp.slice(0, 8)}/us-east-1/ses/aws4_request`;
    const authorization = `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host;x-amz-date, Signature=00`;
    const garbled = await fetch(`${t.endpoint}/v2/email/tags?ResourceArn=%ff`, {
      headers: { authorization, 'x-amz-date': stamp },
    });
    expect(garbled.status).toBe(403);
    const odd = await fetch(`${t.endpoint}/v2/email/account`, { headers: { authorization: 'Bearer x' } });
    expect([odd.status, odd.headers.get('x-amzn-errortype')]).toEqual([400, 'IncompleteSignatureException']);
    const stranger = await raw(ACCOUNT, { accessKeyId: 'AKIAUNKNOWN', secretAccessKey: 'x' });
    expect(stranger).toMatchObject({ status: 403, type: 'UnrecognizedClientException' });
    expect(await raw({ ...ACCOUNT, service: 'sts' })).toMatchObject({ status: 403, type: 'InvalidSignatureException' });
  });

  it('expire after five minutes and are not taken early', async () => {
    expect((await raw({ ...ACCOUNT, at: minutesAway(-4) })).status).toBe(200);
    const late = await raw({ ...ACCOUNT, at: minutesAway(-6) });
    expect(late).toMatchObject({ status: 403, type: 'InvalidSignatureException' });
    expect(late.text).toContain('Signature expired');
    expect((await raw({ ...ACCOUNT, at: minutesAway(6) })).text).toContain('Signature not yet current');
  });

  it('follow the sandbox clock alone where a test says so', async () => {
    t.world.clock.advance(3600);
    expect((await raw(ACCOUNT)).status).toBe(200);
    await t.control('POST /aws/switches', { signatureClock: 'sandbox' });
    expect((await raw(ACCOUNT)).text).toContain('Signature expired');
    expect((await raw({ ...ACCOUNT, at: minutesAway(60) })).status).toBe(200);
    await t.control('POST /aws/switches', { signatureClock: 'either' });
  });
});

describe('the Query protocol', () => {
  it('answers who is calling, whatever the policy says', async () => {
    const { accessKeyId, secretAccessKey } = (await t.control('POST /aws/keys', {
      account: '444455556666',
      user: 'nobody',
      policy: { Statement: { Effect: 'Deny', Action: '*', Resource: '*' } },
    })) as { accessKeyId: string; secretAccessKey: string };
    const credentials = { accessKeyId, secretAccessKey };
    const sts = new STSClient({ endpoint: t.endpoint, region: 'eu-west-1', credentials, maxAttempts: 1 });
    const who = await sts.send(new GetCallerIdentityCommand({}));
    expect(who).toMatchObject({ Account: '444455556666', Arn: 'arn:aws:iam::444455556666:user/nobody' });
    sts.destroy();
  });

  it('refuses in XML', async () => {
    const wrong = await raw(WHO, { ...t.credentials, secretAccessKey: 'wrong' });
    expect(wrong.status).toBe(403);
    expect(wrong.text).toContain('<Code>SignatureDoesNotMatch</Code>');
    const stranger = await raw(WHO, { accessKeyId: 'AKIAUNKNOWN', secretAccessKey: 'x' });
    expect(stranger.text).toContain('<Code>InvalidClientTokenId</Code>');
    const v1 = await raw({ path: '/', body: 'Action=GetSendStatistics&Version=2010-12-01', headers: FORM });
    expect(v1.status).toBe(400);
    expect(v1.text).toContain('<Code>InvalidAction</Code>');
    expect(v1.text).toContain('xmlns="http://ses.amazonaws.com/doc/2010-12-01/"');
  });

  it('verifies a domain by the TXT of SES v1', async () => {
    const verify = { path: '/', body: 'Action=VerifyDomainIdentity&Domain=old.test', headers: FORM };
    const token = /<VerificationToken>([^<]*)/.exec((await raw(verify)).text)?.[1] ?? '';
    expect(token).toMatch(/^[a-z2-7]{44}$/);
    const ask = {
      path: '/',
      body: 'Action=GetIdentityVerificationAttributes&Identities.member.1=old.test',
      headers: FORM,
    };
    expect((await raw(ask)).text).toContain('<VerificationStatus>Pending</VerificationStatus>');
    t.internet.publish('old.test', '_amazonses.old.test', 'TXT', [token]);
    await t.control('POST /aws/look?name=old.test');
    expect((await raw(ask)).text).toContain('<VerificationStatus>Success</VerificationStatus>');
  });
});

describe('what is not known', () => {
  it('is 404 UnknownOperationException, and forbidden calls are marked', async () => {
    const before = t.world.ledger.read().length;
    expect(await raw({ method: 'GET', path: '/v2/email/contact-lists' })).toMatchObject({
      status: 404,
      type: 'UnknownOperationException',
    });
    await raw({ method: 'PUT', path: '/v2/email/account/vdm', body: '{}' });
    await raw({ path: '/v2/email/account/details', body: '{}' });
    await raw({ path: '/', body: 'Action=SetActiveReceiptRuleSet', headers: FORM });
    const rows = t.world.ledger.read().slice(before);
    expect(rows.map(({ operation, forbidden, effect }) => [operation, forbidden, effect])).toEqual([
      ['GET /v2/email/contact-lists', undefined, false],
      ['PutAccountVdmAttributes', true, false],
      ['PutAccountDetails', true, false],
      ['SetActiveReceiptRuleSet', true, false],
    ]);
  });

  it('is refused in bodies: no JSON, wrong types, missing members, unknown enum values', async () => {
    const create = (body: string) => raw({ path: '/v2/email/identities', body });
    for (const body of ['{', '[]', '"x"', '{"EmailIdentity":7}', '{"EmailIdentity":"a.test","Tags":{}}'])
      expect(await create(body)).toMatchObject({ status: 400, type: 'SerializationException' });
    for (const body of ['{}', '{"EmailIdentity":null}', '{"EmailIdentity":""}'])
      expect(await create(body)).toMatchObject({ status: 400, type: 'BadRequestException' });
    const put = { method: 'PUT', path: '/v2/email/identities/a.test/mail-from' };
    expect(await raw({ ...put, body: '{"BehaviorOnMxFailure":"UseDefaultValue"}' })).toMatchObject({
      type: 'BadRequestException',
    });
    expect(await raw({ method: 'GET', path: '/v2/email/identities/%ff' })).toMatchObject({
      type: 'BadRequestException',
    });
  });
});

describe('misbehaviour on request', () => {
  it('throttles, breaks before and after the effect, and answers HTML', async () => {
    const add = (kind: 'throttle' | 'error-before' | 'error-after' | 'html' | 'drop') =>
      t.world.faults.add({ kind, system: 'ses', operation: 'CreateConfigurationSet', region: 'us-east-1', count: 1 });
    const create = (name: string) =>
      raw({ path: '/v2/email/configuration-sets', body: JSON.stringify({ ConfigurationSetName: name }) });
    const exists = async (name: string) =>
      (await raw({ method: 'GET', path: `/v2/email/configuration-sets/${name}` })).status === 200;
    add('throttle');
    expect(await create('f1')).toMatchObject({ status: 429, type: 'TooManyRequestsException' });
    add('error-before');
    expect(await create('f1')).toMatchObject({ status: 500, type: 'InternalFailure' });
    expect(await exists('f1')).toBe(false);
    add('error-after');
    expect(await create('f1')).toMatchObject({ status: 500 });
    expect(await exists('f1')).toBe(true);
    add('html');
    expect(await create('f2')).toMatchObject({ status: 502, type: null });
    add('drop');
    await expect(create('f3')).rejects.toThrow();
    expect(await exists('f3')).toBe(true);
    const [row] = t.world.ledger
      .read()
      .filter(({ status, operation }) => status === 500 && operation === 'CreateConfigurationSet')
      .slice(1);
    expect(row).toMatchObject({ effect: true, error: 'InternalFailure' });
  });

  it('lets one control call through per second and Region where asked', async () => {
    await t.control('POST /aws/switches', { controlCallsPerSecond: 1 });
    const east = t.ses('us-east-2');
    const answers = await Promise.allSettled([
      east.send(new GetAccountCommand({})),
      east.send(new ListEmailIdentitiesCommand({})),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const older = await raw({ path: '/', body: 'Action=ListIdentities&Version=2010-12-01', region: 'us-east-2' });
    expect(older.status).toBe(400);
    expect(older.text).toContain('<Code>Throttling</Code>');
    await expect(t.ses('eu-west-3').send(new GetAccountCommand({}))).resolves.toBeDefined();
    await t.control('POST /aws/switches', { controlCallsPerSecond: 0 });
    await expect(t.control('POST /aws/switches', { controlCalls: 1 })).rejects.toThrow(RangeError);
  });

  it('lets an SDK whose clock is wrong learn the right one from the Date header', async () => {
    const client = new SESv2Client({
      region: 'us-east-1',
      endpoint: t.endpoint,
      credentials: t.credentials,
      systemClockOffset: 3_600_000 * 5,
      maxAttempts: 1,
    });
    await expect(client.send(new GetAccountCommand({}))).rejects.toThrow('Signature not yet current');
    await expect(client.send(new GetAccountCommand({}))).resolves.toBeDefined();
    client.destroy();
  });
});
