import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import {
  CreateEmailIdentityCommand,
  GetAccountCommand,
  GetEmailIdentityCommand,
  ListEmailIdentitiesCommand,
  PutAccountSendingAttributesCommand,
} from '@aws-sdk/client-sesv2';
import { beforeAll, describe, expect, it } from 'vitest';
import { CURL, describeClient } from '../installed.ts';
import { runProgram } from '../program.ts';
import { arn, openDesk } from './desk.ts';
import { sendPlain } from './events.ts';

const desk = openDesk();
beforeAll(async () => {
  await desk.seed('identities', 'live.test');
});

describe('IAM', () => {
  const denied = { name: 'AccessDeniedException', $metadata: { httpStatusCode: 403 } };

  it('lets a key do what its policy says, in the Region and on the resource that it says', async () => {
    const only = { Action: 'ses:GetEmailIdentity', Resource: arn('identity', 'live.test') };
    const key = await desk.allowed(only);
    const get = (region: string, EmailIdentity: string) =>
      desk.ses(region, key).send(new GetEmailIdentityCommand({ EmailIdentity }));
    await get('us-east-1', 'live.test');
    await expect(get('us-east-1', 'other.test')).rejects.toMatchObject(denied);
    await expect(get('us-west-2', 'live.test')).rejects.toMatchObject(denied);
  });

  it('wants TagResource for a create with tags, and a star where there are no resources', async () => {
    const ses = desk.ses(
      'us-east-1',
      await desk.allowed({ Action: ['ses:CreateEmailIdentity', 'ses:ListEmailIdentities'], Resource: 'arn:aws:ses:*' }),
    );
    const create = (EmailIdentity: string, more: object = {}) =>
      ses.send(new CreateEmailIdentityCommand({ EmailIdentity, ...more }));
    await create('plain.test');
    await expect(create('tagged.test', { Tags: [{ Key: 'a', Value: 'b' }] })).rejects.toMatchObject({
      ...denied,
      message: expect.stringContaining('ses:TagResource'),
    });
    await expect(desk.ses().send(new GetEmailIdentityCommand({ EmailIdentity: 'tagged.test' }))).rejects.toThrow();
    await expect(ses.send(new ListEmailIdentitiesCommand({}))).rejects.toMatchObject(denied);
  });

  it('lets an explicit deny beat every allow, and reads conditions', async () => {
    const allow = { Action: 'ses:*' };
    const deny = {
      Effect: 'Deny',
      Action: 'ses:*',
      Condition: { StringNotEquals: { 'aws:RequestedRegion': 'us-east-1' } },
    };
    const key = await desk.allowed(allow, deny);
    await desk.ses('us-east-1', key).send(new GetAccountCommand({}));
    await expect(desk.ses('eu-west-1', key).send(new GetAccountCommand({}))).rejects.toMatchObject({
      ...denied,
      message: expect.stringContaining('explicit deny'),
    });
  });

  it('asks for Raw content as SendRawEmail, and for the configuration set in effect by its own ARN', async () => {
    await desk.seed('configuration-sets', 'cs');
    await desk.seed('identities', 'default.test', { configurationSet: 'cs' });
    const ses = desk.ses('us-east-1', await desk.allowed({ Action: 'ses:SendEmail', Resource: arn('identity', '*') }));
    const to = ['success@simulator.amazonses.com'];
    await desk.stage.control('POST /control/aws/account', { region: 'us-east-1', productionAccess: true });
    await sendPlain(ses, to);
    const Data = Buffer.from('From: me@live.test\r\n\r\nx');
    await expect(sendPlain(ses, to, { Content: { Raw: { Data } } })).rejects.toMatchObject({
      ...denied,
      message: expect.stringContaining(`ses:SendRawEmail on resource: ${arn('identity', 'live.test')}`),
    });
    await expect(sendPlain(ses, to, { FromEmailAddress: 'me@default.test' })).rejects.toMatchObject({
      ...denied,
      message: expect.stringContaining(`ses:SendEmail on resource: ${arn('configuration-set', 'cs')}`),
    });
  });

  it('keeps the published policy from what it does not list', async () => {
    const policy = JSON.parse(readFileSync(new URL('../../../docs/iam-policy.json', import.meta.url), 'utf8'));
    const key = (await desk.stage.control('POST /control/aws/keys', { policy })) as never;
    const ses = desk.ses('us-east-1', key);
    await ses.send(new CreateEmailIdentityCommand({ EmailIdentity: 'policy.test' }));
    await expect(ses.send(new PutAccountSendingAttributesCommand({ SendingEnabled: false }))).rejects.toMatchObject(
      denied,
    );
    expect(await desk.ses().send(new GetAccountCommand({}))).toMatchObject({ SendingEnabled: true });
  });
});

describe('pace', () => {
  it('is one control call a second and Region where a test asks for it, for all calls together', async () => {
    await desk.turn({ controlCallsPerSecond: 1 });
    const ses = desk.ses();
    await ses.send(new GetAccountCommand({}));
    await expect(ses.send(new ListEmailIdentitiesCommand({}))).rejects.toMatchObject({
      name: 'TooManyRequestsException',
      $metadata: { httpStatusCode: 429 },
    });
    await desk.ses('eu-west-1').send(new GetAccountCommand({}));
    await desk.stage.control('POST /clock', { advance: 1 });
    await ses.send(new GetAccountCommand({}));
    await desk.turn({ controlCallsPerSecond: 0 });
  });

  it('another change in progress is a 500 by its own name, and nothing is done', async () => {
    const fault = { kind: 'conflict', system: 'ses', operation: 'CreateEmailIdentity', count: 1 };
    await desk.stage.control('POST /faults', fault);
    const create = new CreateEmailIdentityCommand({ EmailIdentity: 'busy.test' });
    await expect(desk.ses().send(create)).rejects.toMatchObject({
      name: 'ConcurrentModificationException',
      $metadata: { httpStatusCode: 500 },
    });
    await desk.ses().send(create);
  });
});

describeClient(CURL, (curl) => {
  /** One call signed by curl (or not), which sends what the SDK would not. */
  const call = async (path: string, more: readonly string[] = [], scope = 'us-east-1:ses') => {
    const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_ENDPOINT_URL_SESV2 } = desk.stage.env;
    const sign = scope
      ? ['--aws-sigv4', `aws:amz:${scope}`, '--user', `${AWS_ACCESS_KEY_ID}:${AWS_SECRET_ACCESS_KEY}`]
      : [];
    const args = ['-sS', '-i', ...sign, ...more, `${AWS_ENDPOINT_URL_SESV2}${path}`];
    const { stdout, stderr } = await runProgram(curl, args, { folder: dirname(desk.stage.state) });
    expect(stderr).toBe('');
    const [head = '', body = ''] = stdout.split('\r\n\r\n');
    return {
      status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1]),
      type: /^x-amzn-errortype: (.*)$/im.exec(head)?.[1]?.trim(),
      body,
    };
  };
  const post = (body: string) => ['-H', 'content-type: application/json', '--data', body];
  const IDENTITIES = '/v2/email/identities';

  it('is answered by its own signature, and reads both lists of identities', async () => {
    const old = await call(IDENTITIES);
    expect(old.status).toBe(200);
    const { EmailIdentities } = JSON.parse(old.body);
    expect(EmailIdentities).toContainEqual({
      IdentityType: 'DOMAIN',
      IdentityName: 'live.test',
      SendingEnabled: true,
      VerificationStatus: 'SUCCESS',
    });
    const { body } = await call('/v2/email/list-identities', post('{}'));
    expect(JSON.parse(body).EmailIdentities).toEqual(EmailIdentities);
  });

  it('finds the Region in the scope of the signature', async () => {
    expect(JSON.parse((await call(IDENTITIES, [], 'eu-south-1:ses')).body)).toEqual({ EmailIdentities: [] });
  });

  it('gets times as seconds', async () => {
    const { body } = await call(`${IDENTITIES}/live.test`);
    const at = JSON.parse(body).DkimAttributes.LastKeyGenerationTimestamp;
    expect(Math.abs(at - Date.now() / 1000)).toBeLessThan(600);
  });

  it.each([
    ['without a signature', () => call(IDENTITIES, [], ''), 403, 'MissingAuthenticationTokenException'],
    ['for a Region that is none', () => call(IDENTITIES, [], 'mars-1:ses'), 403, 'InvalidSignatureException'],
    ['for another service', () => call(IDENTITIES, [], 'us-east-1:s3'), 403, 'InvalidSignatureException'],
    [
      'with a wrong secret',
      () => call(IDENTITIES, ['--user', `${desk.stage.env.AWS_ACCESS_KEY_ID}:wrong`]),
      403,
      'InvalidSignatureException',
    ],
    [
      'with an unknown key',
      () => call(IDENTITIES, ['--user', 'AKIAAAAAAAAAAAAAAAAA:x']),
      403,
      'UnrecognizedClientException',
    ],
    ['what is no operation', () => call('/v2/email/nothing'), 404, 'UnknownOperationException'],
    ['what is no JSON', () => call(IDENTITIES, post('{')), 400, 'SerializationException'],
    ['a number for a name', () => call(IDENTITIES, post('{"EmailIdentity":5}')), 400, 'SerializationException'],
    ['a name left out', () => call(IDENTITIES, post('{}')), 400, 'BadRequestException'],
    [
      'Put’s name of the origin in Create',
      () =>
        call(
          IDENTITIES,
          post('{"EmailIdentity":"o.test","DkimSigningAttributes":{"SigningAttributesOrigin":"AWS_SES"}}'),
        ),
      400,
      'BadRequestException',
    ],
    [
      'the SDK’s spelling of a resource type',
      () =>
        call(
          '/v2/email/tenants/resources/list',
          post('{"TenantName":"t","Filter":{"RESOURCE_TYPE":"EMAIL_IDENTITY"}}'),
        ),
      400,
      'BadRequestException',
    ],
    ['a page of 1,001', () => call('/v2/email/list-identities', post('{"PageSize":1001}')), 400, 'BadRequestException'],
    [
      'the pricing plan',
      () => call('/v2/email/account/pricing-attributes', ['-X', 'PUT', ...post('{"Plan":"PRO"}')]),
      404,
      'UnknownOperationException',
    ],
  ] as const)('is refused %s', async (_what, attempt, status, type) => {
    const answer = await attempt();
    expect(answer).toMatchObject({ status, type });
    expect(JSON.parse(answer.body)).toEqual({ message: expect.any(String) });
  });

  it.each(['pricing-attributes', 'vdm', 'sending', 'suppression', 'dedicated-ips/warmup'])(
    'is forbidden to change the account: %s',
    async (what) => {
      const mark = await desk.stage.mark();
      const { status } = await call(`/v2/email/account/${what}`, ['-X', 'PUT', ...post('{"SendingEnabled":true}')]);
      const rows = await desk.stage.ledger('ses', mark);
      expect(rows).toMatchObject([{ status, forbidden: true }]);
    },
  );

  it('is too late after five minutes', async () => {
    await desk.turn({ signatureClock: 'sandbox' });
    await desk.stage.control('POST /clock', { advance: 280 });
    expect((await call(IDENTITIES)).status).toBe(200);
    await desk.stage.control('POST /clock', { advance: 30 });
    const late = await call(IDENTITIES);
    expect(late).toMatchObject({ status: 403, type: 'InvalidSignatureException' });
    expect(late.body).toContain('Signature expired');
  });
});
