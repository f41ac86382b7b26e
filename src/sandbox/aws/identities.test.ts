import {
  CreateEmailIdentityCommand,
  DeleteEmailIdentityCommand,
  GetEmailIdentityCommand,
  ListEmailIdentitiesCommand,
  PutEmailIdentityConfigurationSetAttributesCommand,
  PutEmailIdentityDkimAttributesCommand,
  PutEmailIdentityFeedbackAttributesCommand,
  PutEmailIdentityMailFromAttributesCommand,
} from '@aws-sdk/client-sesv2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callRaw } from './signed.fixture.ts';
import { openTestAws, type TestAws } from './world.fixture.ts';

let t: TestAws;
beforeAll(async () => {
  t = await openTestAws();
  await t.control('POST /aws/configuration-sets', { region: 'us-east-1', name: 'cs' });
});
afterAll(() => t.close());

const create = (EmailIdentity: string, more: object = {}, region?: string) =>
  t.ses(region).send(new CreateEmailIdentityCommand({ EmailIdentity, ...more }));
const get = (EmailIdentity: string, region?: string) =>
  t.ses(region).send(new GetEmailIdentityCommand({ EmailIdentity }));

describe('CreateEmailIdentity', () => {
  it('says NOT_STARTED, and the next Get PENDING', async () => {
    const made = await create('New.Example.TEST', { Tags: [{ Key: 'app', Value: 'x' }] });
    expect(made).toMatchObject({ IdentityType: 'DOMAIN', VerifiedForSendingStatus: false });
    expect(made.DkimAttributes).toMatchObject({
      SigningEnabled: true,
      Status: 'NOT_STARTED',
      SigningAttributesOrigin: 'AWS_SES',
      CurrentSigningKeyLength: 'RSA_2048_BIT',
      SigningHostedZone: 'dkim.amazonses.com',
    });
    expect(made.DkimAttributes?.LastKeyGenerationTimestamp).toBeInstanceOf(Date);
    const got = await get('new.example.test');
    expect(got).toMatchObject({
      VerificationStatus: 'PENDING',
      FeedbackForwardingStatus: true,
      Policies: {},
      Tags: [{ Key: 'app', Value: 'x' }],
    });
    expect(got.DkimAttributes).toMatchObject({ Status: 'PENDING', Tokens: made.DkimAttributes?.Tokens });
    expect(got).not.toHaveProperty('MailFromAttributes');
    expect(got).not.toHaveProperty('ConfigurationSetName');
  });

  it('gives tokens that differ by identity and Region, and some Regions their own zone', async () => {
    const tokens = await Promise.all(
      (['us-east-1', 'us-west-2', 'ap-southeast-3'] as const).map(
        async (region) => (await create('tokens.test', {}, region)).DkimAttributes,
      ),
    );
    const all = tokens.flatMap((dkim) => dkim?.Tokens ?? []);
    expect(new Set(all).size).toBe(9);
    for (const token of all) expect(token).toMatch(/^[a-z2-7]{32}$/);
    expect(tokens.map((dkim) => dkim?.SigningHostedZone)).toEqual([
      'dkim.amazonses.com',
      'dkim.amazonses.com',
      'dkim.ap-southeast-3.amazonses.com',
    ]);
  });

  it('refuses what exists and what is no identity', async () => {
    await create('twice.test');
    await expect(create('twice.test')).rejects.toMatchObject({
      name: 'AlreadyExistsException',
      message: 'Email identity twice.test already exist.',
    });
    for (const name of [
      'test',
      '-x.test',
      'a..test',
      'a.test.',
      'bücher.test',
      'a b.test',
      'ü@a.test',
      '@a.test',
      `${'x'.repeat(64)}.test`,
    ])
      await expect(create(name), name).rejects.toMatchObject({ name: 'BadRequestException' });
  });

  it('with an unknown configuration set is NotFound, and makes no identity', async () => {
    await expect(create('set.test', { ConfigurationSetName: 'none' })).rejects.toMatchObject({
      name: 'NotFoundException',
    });
    await expect(get('set.test')).rejects.toMatchObject({ name: 'NotFoundException' });
    await create('set.test', { ConfigurationSetName: 'cs' });
    expect(await get('set.test')).toMatchObject({ ConfigurationSetName: 'cs' });
  });

  it('counts and measures tags', async () => {
    const tags = (count: number) => Array.from({ length: count }, (_, n) => ({ Key: `k${n}`, Value: '' }));
    await create('tags.test', { Tags: tags(50) });
    for (const Tags of [
      tags(51),
      [{ Key: '', Value: 'x' }],
      [{ Key: 'k'.repeat(129), Value: '' }],
      [{ Key: 'k', Value: 'v'.repeat(257) }],
      [{ Key: 'aws:x', Value: '' }],
      [...tags(1), ...tags(1)],
    ])
      await expect(create('tags2.test', { Tags })).rejects.toMatchObject({ name: 'BadRequestException' });
  });

  it('of an address has no DKIM of its own, and follows its domain', async () => {
    expect(await create('a@tags.test')).toMatchObject({
      IdentityType: 'EMAIL_ADDRESS',
      VerifiedForSendingStatus: false,
    });
    await expect(
      create('b@tags.test', { DkimSigningAttributes: { NextSigningKeyLength: 'RSA_1024_BIT' } }),
    ).rejects.toMatchObject({ name: 'BadRequestException' });
    await t.control('POST /aws/identities', { region: 'us-east-1', name: 'parent.test' });
    expect(await create('A@Sub.Parent.test')).toMatchObject({ VerifiedForSendingStatus: true });
    expect(await get('A@sub.parent.test')).toMatchObject({
      VerificationStatus: 'PENDING',
      VerifiedForSendingStatus: true,
    });
    expect(await create('deep.sub.parent.test')).toMatchObject({ VerifiedForSendingStatus: true });
    await expect(get('a@sub.parent.test')).rejects.toMatchObject({ name: 'NotFoundException' });
  });
});

describe('settings of an identity', () => {
  it('are refused for an identity that is not there', async () => {
    const EmailIdentity = 'nobody.test';
    for (const attempt of [
      () =>
        t.ses().send(new PutEmailIdentityMailFromAttributesCommand({ EmailIdentity, MailFromDomain: 'b.nobody.test' })),
      () =>
        t.ses().send(new PutEmailIdentityFeedbackAttributesCommand({ EmailIdentity, EmailForwardingEnabled: false })),
      () => t.ses().send(new PutEmailIdentityDkimAttributesCommand({ EmailIdentity, SigningEnabled: false })),
      () => t.ses().send(new PutEmailIdentityConfigurationSetAttributesCommand({ EmailIdentity })),
      () => t.ses().send(new DeleteEmailIdentityCommand({ EmailIdentity })),
    ])
      await expect(attempt()).rejects.toMatchObject({
        name: 'NotFoundException',
        message: 'Email identity nobody.test does not exist.',
      });
  });

  it('are read back, and the default configuration set can be cleared', async () => {
    const EmailIdentity = 'set.test';
    await t.ses().send(new PutEmailIdentityFeedbackAttributesCommand({ EmailIdentity, EmailForwardingEnabled: false }));
    await t.ses().send(new PutEmailIdentityDkimAttributesCommand({ EmailIdentity, SigningEnabled: false }));
    const missing = new PutEmailIdentityConfigurationSetAttributesCommand({
      EmailIdentity,
      ConfigurationSetName: 'none',
    });
    await expect(t.ses().send(missing)).rejects.toMatchObject({ name: 'NotFoundException' });
    await t.ses().send(new PutEmailIdentityConfigurationSetAttributesCommand({ EmailIdentity }));
    const got = await get(EmailIdentity);
    expect(got).toMatchObject({ FeedbackForwardingStatus: false, DkimAttributes: { SigningEnabled: false } });
    expect(got).not.toHaveProperty('ConfigurationSetName');
  });

  it('put MAIL FROM strictly below the identity, and take it away again', async () => {
    const put = (MailFromDomain?: string) =>
      t.ses().send(
        new PutEmailIdentityMailFromAttributesCommand({
          EmailIdentity: 'set.test',
          ...(MailFromDomain === undefined ? {} : { MailFromDomain }),
        }),
      );
    for (const name of ['set.test', 'other.test', 'bounce.other.test', 'notset.test', 'b_.set.test.', 'x'])
      await expect(put(name), name).rejects.toMatchObject({ name: 'BadRequestException' });
    await put('Bounce.SET.test');
    expect((await get('set.test')).MailFromAttributes).toMatchObject({
      MailFromDomain: 'bounce.set.test',
      BehaviorOnMxFailure: 'USE_DEFAULT_VALUE',
      MailFromDomainStatus: 'PENDING',
    });
    await put();
    expect(await get('set.test')).not.toHaveProperty('MailFromAttributes');
  });
});

describe('ListEmailIdentities', () => {
  it('pages on the new path and the old one, and filters', async () => {
    const names: (string | undefined)[] = [];
    let NextToken: string | undefined;
    do {
      const page = await t.ses().send(new ListEmailIdentitiesCommand({ PageSize: 2, NextToken }));
      expect(page.EmailIdentities?.length).toBeLessThanOrEqual(2);
      names.push(...(page.EmailIdentities ?? []).map(({ IdentityName }) => IdentityName));
      NextToken = page.NextToken;
    } while (NextToken);
    const old = await callRaw(t.endpoint, t.credentials, { method: 'GET', path: '/v2/email/identities?PageSize=1000' });
    const listed = JSON.parse(old.text).EmailIdentities.map(
      ({ IdentityName }: { IdentityName: string }) => IdentityName,
    );
    expect(listed).toEqual(names);
    const filtered = await t.ses().send(
      new ListEmailIdentitiesCommand({
        Filter: { IDENTITY_NAME_CONTAINS: 'PARENT', VERIFICATION_STATUS: 'SUCCESS' },
      }),
    );
    expect(filtered.EmailIdentities).toEqual([
      { IdentityType: 'DOMAIN', IdentityName: 'parent.test', SendingEnabled: true, VerificationStatus: 'SUCCESS' },
    ]);
    for (const input of [{ PageSize: 0 }, { PageSize: 1001 }, { NextToken: 'made-up' }])
      await expect(t.ses().send(new ListEmailIdentitiesCommand(input))).rejects.toMatchObject({
        name: 'BadRequestException',
      });
  });
});

describe('DeleteEmailIdentity', () => {
  it('takes it away, keys included', async () => {
    const made = await create('gone.test');
    const [token = ''] = made.DkimAttributes?.Tokens ?? [];
    const key = () => t.internet.lookup(`${token}.dkim.amazonses.com`, 'TXT');
    await expect
      .poll(async () => {
        t.internet.forget(`${token}.dkim.amazonses.com`);
        return (await key()).records[0]?.value;
      })
      .toMatch(/^p=MIIBIj/);
    await t.ses().send(new DeleteEmailIdentityCommand({ EmailIdentity: 'gone.test' }));
    await expect.poll(async () => (await key()).rcode).toBe('NXDOMAIN');
    await expect(get('gone.test')).rejects.toMatchObject({ name: 'NotFoundException' });
  });
});
