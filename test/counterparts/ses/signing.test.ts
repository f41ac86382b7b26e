import { generateKeyPairSync } from 'node:crypto';
import {
  CreateEmailIdentityCommand,
  type DkimSigningAttributes,
  type DkimSigningAttributesOrigin,
  GetEmailIdentityCommand,
  PutEmailIdentityDkimAttributesCommand,
  PutEmailIdentityDkimSigningAttributesCommand,
  type SESv2Client,
} from '@aws-sdk/client-sesv2';
import { beforeAll, describe, expect, it } from 'vitest';
import { openDesk, refuses } from './desk.ts';

const desk = openDesk();
const EASY = [
  'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
  'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb',
  'cccccccccccccccccccccccccccccccc',
];

function makeKey(modulusLength: number, type: 'pkcs1' | 'pkcs8' = 'pkcs1') {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength });
  const pem = privateKey.export({ type, format: 'pem' }).toString();
  return { pem, base64: pem.replaceAll(/-----[^-]+-----|\s/g, '') };
}
const key = makeKey(1024);
const own = (DomainSigningPrivateKey = key.base64, DomainSigningSelector = 'mw1') => ({
  DomainSigningSelector,
  DomainSigningPrivateKey,
});
const put =
  (
    EmailIdentity: string,
    SigningAttributesOrigin: DkimSigningAttributesOrigin,
    SigningAttributes?: DkimSigningAttributes,
  ) =>
  (ses: SESv2Client) =>
    ses.send(
      new PutEmailIdentityDkimSigningAttributesCommand({ EmailIdentity, SigningAttributesOrigin, SigningAttributes }),
    );
const create = (EmailIdentity: string, DkimSigningAttributes: DkimSigningAttributes) => (ses: SESv2Client) =>
  ses.send(new CreateEmailIdentityCommand({ EmailIdentity, DkimSigningAttributes }));
const dkim = async (EmailIdentity: string, region?: string) =>
  (await desk.ses(region).send(new GetEmailIdentityCommand({ EmailIdentity }))).DkimAttributes;

beforeAll(async () => {
  for (const name of ['easy.test', 'restart.test', 'length.test', 'failed.test', 'off.test'])
    await desk.seed('identities', name, { tokens: EASY, ...(name === 'failed.test' ? { dkimStatus: 'FAILED' } : {}) });
  await desk.seed('identities', 'someone@easy.test');
  await desk.seed('identities', 'rep.test');
  await desk.seed('identities', 'rep.test', { region: 'us-west-2' });
});

describe('changing how an identity signs', () => {
  it('from Easy DKIM to an own key and back gives new tokens, and nothing signs until they are found', async () => {
    const ses = desk.ses();
    const mine = await put('easy.test', 'EXTERNAL', own())(ses);
    expect(mine).toMatchObject({ DkimStatus: 'PENDING', DkimTokens: ['mw1'] });
    expect(await dkim('easy.test')).toMatchObject({ SigningAttributesOrigin: 'EXTERNAL', Tokens: ['mw1'] });
    expect(await dkim('easy.test')).not.toHaveProperty('CurrentSigningKeyLength');
    const back = await put('easy.test', 'AWS_SES')(ses);
    expect(back).toMatchObject({ DkimStatus: 'PENDING', SigningHostedZone: 'dkim.amazonses.com' });
    expect(back.DkimTokens).toHaveLength(3);
    expect(back.DkimTokens).not.toEqual(EASY);
    // The domain itself stays verified by what verified it before.
    const identity = await ses.send(new GetEmailIdentityCommand({ EmailIdentity: 'easy.test' }));
    expect(identity).toMatchObject({ VerifiedForSendingStatus: true, DkimAttributes: { Status: 'PENDING' } });
  });

  it('to a replica takes the parent’s tokens, and away from it gives own ones', async () => {
    const parent = await dkim('rep.test');
    const before = await dkim('rep.test', 'us-west-2');
    const replica = await put('rep.test', 'AWS_SES_US_EAST_1')(desk.ses('us-west-2'));
    expect(replica.DkimTokens).toEqual(parent?.Tokens);
    expect(await dkim('rep.test', 'us-west-2')).toMatchObject({
      SigningAttributesOrigin: 'AWS_SES_US_EAST_1',
      Tokens: parent?.Tokens,
    });
    const alone = await put('rep.test', 'AWS_SES')(desk.ses('us-west-2'));
    expect(alone.DkimTokens).toHaveLength(3);
    for (const tokens of [parent?.Tokens, before?.Tokens]) expect(alone.DkimTokens).not.toEqual(tokens);
  });

  it('with the same origin keeps the tokens, and what failed is looked for again', async () => {
    const again = await put('failed.test', 'AWS_SES')(desk.ses());
    expect(again).toMatchObject({ DkimStatus: 'PENDING', DkimTokens: EASY });
    const verified = await put('restart.test', 'AWS_SES')(desk.ses());
    expect(verified).toMatchObject({ DkimStatus: 'SUCCESS', DkimTokens: EASY });
  });

  it('changes the key length once in 24 hours, under the same tokens, and the new key comes later', async () => {
    const length = (NextSigningKeyLength: 'RSA_1024_BIT' | 'RSA_2048_BIT') =>
      put('length.test', 'AWS_SES', { NextSigningKeyLength })(desk.ses());
    expect((await length('RSA_1024_BIT')).DkimTokens).toEqual(EASY);
    expect(await dkim('length.test')).toMatchObject({
      CurrentSigningKeyLength: 'RSA_2048_BIT',
      NextSigningKeyLength: 'RSA_1024_BIT',
    });
    await expect(length('RSA_2048_BIT')).rejects.toMatchObject({ name: 'BadRequestException', message: /once/ });
    await length('RSA_1024_BIT');
    await desk.advance(25);
    const rotated = await dkim('length.test');
    expect(rotated).toMatchObject({ CurrentSigningKeyLength: 'RSA_1024_BIT', Tokens: EASY, Status: 'SUCCESS' });
    await length('RSA_2048_BIT');
  });

  it('can be switched off and on', async () => {
    for (const SigningEnabled of [false, true]) {
      await desk.ses().send(new PutEmailIdentityDkimAttributesCommand({ EmailIdentity: 'off.test', SigningEnabled }));
      expect(await dkim('off.test')).toMatchObject({ SigningEnabled, Status: 'SUCCESS' });
    }
  });

  const bad = { error: 'BadRequestException' };
  const wrapped = key.base64.replace(/(.{64})/g, '$1\n');
  refuses(desk, [
    { rule: 'a key with its PEM lines', call: put('easy.test', 'EXTERNAL', own(key.pem)), ...bad },
    { rule: 'a key with line breaks', call: create('new.test', own(wrapped)), ...bad },
    { rule: 'a key of 512 bits', call: create('new.test', own(makeKey(512).base64)), ...bad },
    { rule: 'a key of 4096 bits', call: create('new.test', own(makeKey(4096).base64)), ...bad },
    { rule: 'what is no key', call: create('new.test', own('bm8ga2V5')), ...bad },
    { rule: 'a selector with a dot', call: create('new.test', own(key.base64, 'a.b')), ...bad },
    { rule: 'a selector of 64 characters', call: create('new.test', own(key.base64, 'a'.repeat(64))), ...bad },
    { rule: 'a key without a selector', call: create('new.test', { DomainSigningPrivateKey: key.base64 }), ...bad },
    { rule: 'origin EXTERNAL without a key', call: put('easy.test', 'EXTERNAL'), ...bad },
    { rule: 'a key with origin AWS_SES', call: put('easy.test', 'AWS_SES', own()), ...bad },
    {
      rule: 'a key length for a replica',
      call: put('rep.test', 'AWS_SES_US_EAST_1', { NextSigningKeyLength: 'RSA_1024_BIT' }),
      region: 'us-west-2',
      ...bad,
    },
    {
      rule: 'Create’s name of the origin in Put',
      call: put('easy.test', 'AWS_SES', { DomainSigningAttributesOrigin: 'AWS_SES_US_WEST_2' }),
      ...bad,
    },
    { rule: 'an origin that is no Region', call: put('easy.test', 'AWS_SES_MARS_1' as never), ...bad },
    { rule: 'signing attributes of an address', call: put('someone@easy.test', 'AWS_SES'), ...bad },
    {
      rule: 'signing attributes of what is not there',
      call: put('no.test', 'AWS_SES'),
      error: 'NotFoundException',
      status: 404,
    },
    {
      rule: 'to switch what is not there',
      call: (ses) =>
        ses.send(new PutEmailIdentityDkimAttributesCommand({ EmailIdentity: 'no.test', SigningEnabled: true })),
      error: 'NotFoundException',
      status: 404,
    },
  ]);
});

describe('replicating a key without the permission for it', () => {
  const may = {
    Action: ['ses:CreateEmailIdentity', 'ses:PutEmailIdentityDkimSigningAttributes', 'ses:GetEmailIdentity'],
  };
  const replicate = (identity: string, region: string) => ({
    Action: 'ses:ReplicateEmailIdentityDKIMSigningKey',
    Resource: `arn:aws:ses:${region}:111122223333:identity/${identity}`,
  });
  /** What SES found last, once it has looked at the present attributes. */
  const verdict = async (ses: SESv2Client, EmailIdentity: string) => {
    const { now } = (await desk.stage.control('GET /clock')) as { now: string };
    const since = new Date(now);
    const get = () => ses.send(new GetEmailIdentityCommand({ EmailIdentity }));
    const seen = await desk.until(get, ({ VerificationInfo: info }) => (info?.LastCheckedTimestamp ?? 0) > since);
    return seen.VerificationInfo?.ErrorType;
  };

  it('shows later, for Create and for Put, and permission is needed on the parent in its Region', async () => {
    const [made, changed] = ['made.test', 'changed.test'];
    for (const name of [made, changed]) await desk.seed('identities', name);
    const wrong = desk.ses('us-west-2', await desk.allowed(may, replicate(made, 'us-west-2')));
    await create(made, { DomainSigningAttributesOrigin: 'AWS_SES_US_EAST_1' })(wrong);
    expect(await verdict(wrong, made)).toBe('REPLICATION_ACCESS_DENIED');
    const without = desk.ses('us-west-2', await desk.allowed(may));
    await create(changed, {})(without);
    expect(await verdict(without, changed)).toBe('HOST_NOT_FOUND');
    await put(changed, 'AWS_SES_US_EAST_1')(without);
    expect(await verdict(without, changed)).toBe('REPLICATION_ACCESS_DENIED');
    const right = desk.ses('us-west-2', await desk.allowed(may, replicate(changed, 'us-east-1')));
    await put(changed, 'AWS_SES_US_EAST_1')(right);
    expect(await verdict(right, changed)).toBe('HOST_NOT_FOUND');
  });

  it.each([
    ['without a parent', undefined, 'us-west-2', 'REPLICATION_PRIMARY_NOT_FOUND'],
    ['of a parent with its own key', { origin: 'EXTERNAL' }, 'us-west-2', 'REPLICATION_PRIMARY_BYO_DKIM_NOT_SUPPORTED'],
    ['of a replica', { origin: 'AWS_SES_EU_WEST_1' }, 'us-west-2', 'REPLICATION_REPLICA_AS_PRIMARY_NOT_SUPPORTED'],
    ['of itself', undefined, 'us-east-1', 'REPLICATION_PRIMARY_INVALID_REGION'],
  ])('a replica %s is made, and shows it later', async (what, parent, region, wanted) => {
    const name = `${what.replaceAll(' ', '-')}.test`;
    if (parent) await desk.seed('identities', name, parent);
    const ses = desk.ses(region);
    const made = await create(name, { DomainSigningAttributesOrigin: 'AWS_SES_US_EAST_1' })(ses);
    expect(made.DkimAttributes).toMatchObject({ Status: 'NOT_STARTED', SigningAttributesOrigin: 'AWS_SES_US_EAST_1' });
    expect(await verdict(ses, name)).toBe(wanted);
  });

  it('is refused at the call where a test wants it', async () => {
    await desk.turn({ replicationDenied: 'at-call' });
    await desk.seed('identities', 'call.test');
    const without = desk.ses('us-west-2', await desk.allowed(may));
    await expect(
      create('call.test', { DomainSigningAttributesOrigin: 'AWS_SES_US_EAST_1' })(without),
    ).rejects.toMatchObject({ name: 'AccessDeniedException', $metadata: { httpStatusCode: 403 } });
    await desk.turn({ replicationDenied: 'later' });
  });
});
