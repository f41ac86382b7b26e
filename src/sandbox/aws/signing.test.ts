import { generateKeyPairSync } from 'node:crypto';
import {
  CreateEmailIdentityCommand,
  DeleteEmailIdentityCommand,
  type DkimSigningAttributes,
  type DkimSigningAttributesOrigin,
  GetEmailIdentityCommand,
  type GetEmailIdentityResponse,
  PutEmailIdentityDkimSigningAttributesCommand,
} from '@aws-sdk/client-sesv2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callRaw } from './signed.fixture.ts';
import { openTestAws, publishDkim, type TestAws, until } from './world.fixture.ts';

const PARENT = 'us-east-1';
const CHILD = 'us-west-2';

let t: TestAws;
beforeAll(async () => {
  t = await openTestAws();
});
afterAll(() => t.close());

const create = (
  EmailIdentity: string,
  region: string,
  DkimSigningAttributes?: DkimSigningAttributes,
  ses = t.ses(region),
) =>
  ses.send(
    new CreateEmailIdentityCommand({ EmailIdentity, ...(DkimSigningAttributes ? { DkimSigningAttributes } : {}) }),
  );
const replica = (name: string, origin: DkimSigningAttributesOrigin = 'AWS_SES_US_EAST_1', region = CHILD) =>
  create(name, region, { DomainSigningAttributesOrigin: origin });
const get = (EmailIdentity: string, region: string) =>
  t.ses(region).send(new GetEmailIdentityCommand({ EmailIdentity }));
const put = (
  EmailIdentity: string,
  region: string,
  SigningAttributesOrigin: DkimSigningAttributesOrigin,
  SigningAttributes?: DkimSigningAttributes,
) =>
  t.ses(region).send(
    new PutEmailIdentityDkimSigningAttributesCommand({
      EmailIdentity,
      SigningAttributesOrigin,
      ...(SigningAttributes ? { SigningAttributes } : {}),
    }),
  );
const problem = (name: string, wanted: string, region = CHILD) =>
  until(
    () => get(name, region),
    (identity) => identity.VerificationInfo?.ErrorType === wanted,
  );
const verified = (identity: GetEmailIdentityResponse) => identity.DkimAttributes?.Status === 'SUCCESS';

function makeKey(modulusLength = 2048, type: 'pkcs1' | 'pkcs8' = 'pkcs1') {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength });
  return {
    pem: privateKey.export({ type, format: 'pem' }).toString(),
    base64: privateKey.export({ type, format: 'der' }).toString('base64'),
    p: publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
  };
}

describe('a Deterministic Easy DKIM replica', () => {
  it('reads back its parent, and is verified by the same three records', async () => {
    const parent = (await create('deed.test', PARENT)).DkimAttributes;
    const child = (await replica('deed.test')).DkimAttributes;
    expect(child).toMatchObject({
      SigningAttributesOrigin: 'AWS_SES_US_EAST_1',
      Tokens: parent?.Tokens,
      SigningHostedZone: 'dkim.amazonses.com',
    });
    publishDkim(t.internet, 'deed.test', parent?.Tokens ?? [], parent?.SigningHostedZone ?? '');
    await until(() => get('deed.test', CHILD), verified);
    await expect(
      t.ses(PARENT).send(new DeleteEmailIdentityCommand({ EmailIdentity: 'deed.test' })),
    ).rejects.toMatchObject({ name: 'BadRequestException' });
    const alone = await put('deed.test', CHILD, 'AWS_SES');
    expect(alone.DkimTokens).toHaveLength(3);
    expect(alone.DkimTokens).not.toEqual(parent?.Tokens);
    expect(alone.DkimStatus).toBe('PENDING');
    expect(await get('deed.test', CHILD)).toMatchObject({
      VerificationStatus: 'SUCCESS',
      VerifiedForSendingStatus: true,
    });
    await t.ses(PARENT).send(new DeleteEmailIdentityCommand({ EmailIdentity: 'deed.test' }));
  });

  it('of a Region with its own zone carries that zone', async () => {
    await create('zone.test', 'eu-south-1');
    const child = await replica('zone.test', 'AWS_SES_EU_SOUTH_1');
    expect(child.DkimAttributes?.SigningHostedZone).toBe('dkim.eu-south-1.amazonses.com');
  });

  it('without a parent shows it later, and follows one that comes up afterwards', async () => {
    const child = await replica('orphan.test');
    expect(child.DkimAttributes).toMatchObject({ Status: 'NOT_STARTED', Tokens: [] });
    await problem('orphan.test', 'REPLICATION_PRIMARY_NOT_FOUND');
    const parent = (await create('orphan.test', PARENT)).DkimAttributes;
    await problem('orphan.test', 'HOST_NOT_FOUND');
    expect((await get('orphan.test', CHILD)).DkimAttributes?.Tokens).toEqual(parent?.Tokens);
  });

  it('of itself, of a replica and of a BYODKIM parent shows it later', async () => {
    await replica('self.test', 'AWS_SES_US_WEST_2');
    await problem('self.test', 'REPLICATION_PRIMARY_INVALID_REGION');
    await create('chain.test', PARENT);
    await replica('chain.test');
    await replica('chain.test', 'AWS_SES_US_WEST_2', 'eu-west-1');
    await problem('chain.test', 'REPLICATION_REPLICA_AS_PRIMARY_NOT_SUPPORTED', 'eu-west-1');
    await create('byo-parent.test', PARENT, { DomainSigningSelector: 's1', DomainSigningPrivateKey: makeKey().base64 });
    await replica('byo-parent.test');
    await problem('byo-parent.test', 'REPLICATION_PRIMARY_BYO_DKIM_NOT_SUPPORTED');
  });

  it('needs ReplicateEmailIdentityDKIMSigningKey on the parent, which shows later', async () => {
    const arn = `arn:aws:ses:${PARENT}:111122223333:identity/iam.test`;
    const grant = (Resource: string, Region: string) => ({
      Effect: 'Allow',
      Action: 'ses:ReplicateEmailIdentityDkimSigningKey',
      Resource,
      Condition: { 'ForAllValues:StringEquals': { 'ses:ReplicaRegion': [Region] } },
    });
    const base = { Effect: 'Allow', Action: 'ses:CreateEmailIdentity', Resource: '*' };
    await create('iam.test', PARENT);
    const attempt = async (region: string, Statement: object[]) => {
      const key = (await t.control('POST /aws/keys', { policy: { Statement } })) as {
        accessKeyId: string;
        secretAccessKey: string;
      };
      await create('iam.test', region, { DomainSigningAttributesOrigin: 'AWS_SES_US_EAST_1' }, t.ses(region, key));
    };
    await attempt('us-west-2', [base]);
    await problem('iam.test', 'REPLICATION_ACCESS_DENIED', 'us-west-2');
    await attempt('eu-west-1', [base, grant(arn, 'eu-central-1')]);
    await problem('iam.test', 'REPLICATION_ACCESS_DENIED', 'eu-west-1');
    await attempt('eu-west-2', [base, grant(arn, 'eu-west-2')]);
    await problem('iam.test', 'HOST_NOT_FOUND', 'eu-west-2');
  });

  it('is asked for by another field on create than on put', async () => {
    await create('fields.test', PARENT);
    const wrong = { DomainSigningAttributesOrigin: 'AWS_SES_US_EAST_1' } as const;
    await expect(put('fields.test', PARENT, 'AWS_SES_US_WEST_2', wrong)).rejects.toMatchObject({
      name: 'BadRequestException',
    });
    const raw = await callRaw(t.endpoint, t.credentials, {
      path: '/v2/email/identities',
      body: JSON.stringify({
        EmailIdentity: 'fields2.test',
        DkimSigningAttributes: { SigningAttributesOrigin: 'AWS_SES_US_EAST_1' },
      }),
    });
    expect(raw).toMatchObject({ status: 400, type: 'BadRequestException' });
    await expect(replica('fields2.test', 'AWS_SES_ATLANTIS_1' as 'AWS_SES')).rejects.toMatchObject({
      name: 'BadRequestException',
    });
    await expect(put('fields.test', PARENT, 'AWS_SES_NOWHERE' as 'AWS_SES')).rejects.toMatchObject({
      name: 'BadRequestException',
    });
  });
});

describe('BYODKIM', () => {
  it('shows the selector as its token and is verified by a TXT', async () => {
    const key = makeKey();
    const made = await create('byo.test', PARENT, {
      DomainSigningSelector: 'mail1',
      DomainSigningPrivateKey: key.base64,
    });
    expect(made.DkimAttributes).toMatchObject({ Tokens: ['mail1'], SigningAttributesOrigin: 'EXTERNAL' });
    expect(made.DkimAttributes).not.toHaveProperty('SigningHostedZone');
    t.internet.publish('byo.test', 'mail1._domainkey.byo.test', 'TXT', ['v=DKIM1; k=rsa; p=AAAA']);
    await problem('byo.test', 'INVALID_VALUE', PARENT);
    t.internet.publish('byo.test', 'mail1._domainkey.byo.test', 'TXT', [`v=DKIM1; k=rsa; p=${key.p}`]);
    await until(() => get('byo.test', PARENT), verified);
    const [row] = t.world.ledger.read().filter(({ request }) => JSON.stringify(request).includes('"mail1"'));
    expect(JSON.stringify(row)).toContain('<secret>');
    expect(JSON.stringify(t.world.ledger.read())).not.toContain(key.base64.slice(0, 40));
  });

  it('refuses keys with header and line breaks, of the wrong kind or length, and half a pair', async () => {
    const good = makeKey(1024).base64;
    const refused: DkimSigningAttributes[] = [
      { DomainSigningSelector: 's', DomainSigningPrivateKey: makeKey().pem },
      { DomainSigningSelector: 's', DomainSigningPrivateKey: good.replace(/^(.{64})/, '$1\n') },
      { DomainSigningSelector: 's', DomainSigningPrivateKey: Buffer.from('not a key').toString('base64') },
      { DomainSigningSelector: 's', DomainSigningPrivateKey: makeKey(1536).base64 },
      {
        DomainSigningSelector: 's',
        DomainSigningPrivateKey: generateKeyPairSync('ed25519')
          .privateKey.export({ type: 'pkcs8', format: 'der' })
          .toString('base64'),
      },
      { DomainSigningSelector: 's.t', DomainSigningPrivateKey: good },
      { DomainSigningSelector: 's'.repeat(64), DomainSigningPrivateKey: good },
      { DomainSigningSelector: 's' },
      { DomainSigningPrivateKey: good },
      { DomainSigningSelector: 's', DomainSigningPrivateKey: good, NextSigningKeyLength: 'RSA_2048_BIT' },
    ];
    for (const attributes of refused)
      await expect(create('bad-key.test', PARENT, attributes)).rejects.toMatchObject({ name: 'BadRequestException' });
    await create('pkcs8.test', PARENT, {
      DomainSigningSelector: 's',
      DomainSigningPrivateKey: makeKey(1024, 'pkcs8').base64,
    });
  });

  it('can be switched to and from, with new tokens on the way back', async () => {
    const first = (await create('switch.test', PARENT)).DkimAttributes?.Tokens;
    const key = makeKey(1024).base64;
    for (const attributes of [undefined, { DomainSigningSelector: 's' }])
      await expect(put('switch.test', PARENT, 'EXTERNAL', attributes)).rejects.toMatchObject({
        name: 'BadRequestException',
      });
    await expect(
      put('switch.test', PARENT, 'AWS_SES', { DomainSigningSelector: 's', DomainSigningPrivateKey: key }),
    ).rejects.toMatchObject({ name: 'BadRequestException' });
    const external = await put('switch.test', PARENT, 'EXTERNAL', {
      DomainSigningSelector: 's',
      DomainSigningPrivateKey: key,
    });
    expect(external.DkimTokens).toEqual(['s']);
    const easy = await put('switch.test', PARENT, 'AWS_SES');
    expect(easy.DkimTokens).toHaveLength(3);
    expect(easy.DkimTokens).not.toEqual(first);
  });
});

describe('the key length of Easy DKIM', () => {
  it('can be chosen at first, and changed once a day', async () => {
    await create('length.test', PARENT, { NextSigningKeyLength: 'RSA_1024_BIT' });
    expect((await get('length.test', PARENT)).DkimAttributes).toMatchObject({
      CurrentSigningKeyLength: 'RSA_1024_BIT',
    });
    const change = (NextSigningKeyLength: 'RSA_1024_BIT' | 'RSA_2048_BIT') =>
      put('length.test', PARENT, 'AWS_SES', { NextSigningKeyLength });
    await change('RSA_2048_BIT');
    await change('RSA_2048_BIT');
    await expect(change('RSA_1024_BIT')).rejects.toMatchObject({ name: 'BadRequestException' });
    t.world.clock.advance(24 * 3600);
    await change('RSA_1024_BIT');
    expect((await get('length.test', PARENT)).DkimAttributes).toMatchObject({ NextSigningKeyLength: 'RSA_1024_BIT' });
    await expect(
      create('length2.test', PARENT, { NextSigningKeyLength: 'RSA_4096_BIT' as 'RSA_2048_BIT' }),
    ).rejects.toMatchObject({ name: 'BadRequestException' });
  });
});
