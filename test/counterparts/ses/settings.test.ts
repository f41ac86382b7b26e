import {
  CreateEmailIdentityCommand,
  GetEmailIdentityCommand,
  PutEmailIdentityConfigurationSetAttributesCommand,
  PutEmailIdentityFeedbackAttributesCommand,
  PutEmailIdentityMailFromAttributesCommand,
  type SESv2Client,
} from '@aws-sdk/client-sesv2';
import { beforeAll, describe, expect, it } from 'vitest';
import { OURS, openDesk, refuses } from './desk.ts';

const desk = openDesk();
beforeAll(async () => {
  await desk.seed('configuration-sets', 'cs');
  await desk.seed('identities', 'set.test');
  await desk.seed('identities', 'me@set.test');
});

const get = (EmailIdentity: string, region?: string) =>
  desk.ses(region).send(new GetEmailIdentityCommand({ EmailIdentity }));
const mailFrom =
  (EmailIdentity: string, MailFromDomain?: string, more: object = {}) =>
  (ses: SESv2Client) =>
    ses.send(new PutEmailIdentityMailFromAttributesCommand({ EmailIdentity, MailFromDomain, ...more }));
const defaultSet = (EmailIdentity: string, ConfigurationSetName?: string) => (ses: SESv2Client) =>
  ses.send(new PutEmailIdentityConfigurationSetAttributesCommand({ EmailIdentity, ConfigurationSetName }));
const create =
  (EmailIdentity: string, more: object = {}) =>
  (ses: SESv2Client) =>
    ses.send(new CreateEmailIdentityCommand({ EmailIdentity, ...more }));

describe('settings of an identity', () => {
  it.each([undefined, ''])('MAIL FROM is absent until it is set, and goes away with %j', async (nothing) => {
    expect(await get('set.test')).not.toHaveProperty('MailFromAttributes');
    await mailFrom('set.test', 'Bounce.Set.Test', { BehaviorOnMxFailure: 'REJECT_MESSAGE' })(desk.ses());
    expect((await get('set.test')).MailFromAttributes).toEqual({
      MailFromDomain: 'bounce.set.test',
      MailFromDomainStatus: 'PENDING',
      BehaviorOnMxFailure: 'REJECT_MESSAGE',
    });
    await mailFrom('set.test', nothing)(desk.ses());
    expect(await get('set.test')).not.toHaveProperty('MailFromAttributes');
  });

  it('the default configuration set is cleared by naming none', async () => {
    await defaultSet('set.test', 'cs')(desk.ses());
    expect(await get('set.test')).toMatchObject({ ConfigurationSetName: 'cs' });
    await defaultSet('set.test')(desk.ses());
    expect(await get('set.test')).not.toHaveProperty('ConfigurationSetName');
  });

  it('an unknown configuration set makes no identity', async () => {
    await expect(create('half.test', { ConfigurationSetName: 'none' })(desk.ses())).rejects.toMatchObject({
      name: 'NotFoundException',
    });
    await create('half.test', { ConfigurationSetName: 'cs' })(desk.ses());
  });

  it('forwarding of bounces is switched', async () => {
    await desk
      .ses()
      .send(
        new PutEmailIdentityFeedbackAttributesCommand({ EmailIdentity: 'set.test', EmailForwardingEnabled: false }),
      );
    expect(await get('set.test')).toMatchObject({ FeedbackForwardingStatus: false });
  });

  const bad = { error: 'BadRequestException' };
  const missing = { error: 'NotFoundException', status: 404 };
  const address = { DkimSigningAttributes: { NextSigningKeyLength: 'RSA_1024_BIT' } };
  refuses(desk, [
    { rule: 'the identity itself as MAIL FROM', call: mailFrom('set.test', 'set.test'), ...bad },
    { rule: 'a MAIL FROM beside the identity', call: mailFrom('set.test', 'bounce.other.test'), ...bad },
    { rule: 'a MAIL FROM that only ends alike', call: mailFrom('set.test', 'bounce.offset.test'), ...bad },
    { rule: 'a MAIL FROM with a dot at its end', call: mailFrom('set.test', 'bounce.set.test.'), ...bad },
    { rule: 'MAIL FROM of what is not there', call: mailFrom('no.test', 'bounce.no.test'), ...missing },
    {
      rule: 'a behaviour that only v1 has',
      call: mailFrom('set.test', 'b.set.test', { BehaviorOnMxFailure: 'UseDefaultValue' }),
      ...bad,
    },
    { rule: 'an unknown default configuration set', call: defaultSet('set.test', 'none'), ...missing },
    { rule: 'an identity that is there', call: create('SET.test'), error: 'AlreadyExistsException' },
    { rule: 'DKIM attributes for an address', call: create('new@set.test', address), ...bad },
    { rule: 'a name without a dot', call: create('nodots'), ...bad },
    { rule: 'a name that is not ASCII', call: create('bücher.test'), ...bad },
    { rule: 'an address that is not ASCII', call: create('ü@set.test'), ...bad },
  ]);
});

describe('a seeded identity reads as one that was made by hand', () => {
  const tokens = ['d', 'e', 'f'].map((letter) => letter.repeat(32));

  it('with Easy DKIM, default set, MAIL FROM, tags', async () => {
    await desk.seed('identities', 'hand.test', {
      region: 'ap-southeast-3',
      tokens,
      keyLength: 'RSA_1024_BIT',
      nextKeyLength: 'RSA_2048_BIT',
      configurationSet: 'cs',
      mailFrom: { domain: 'bounce.hand.test', status: 'TEMPORARY_FAILURE', behavior: 'REJECT_MESSAGE' },
      feedbackForwarding: false,
      tags: OURS,
    });
    expect(await get('hand.test', 'ap-southeast-3')).toMatchObject({
      VerifiedForSendingStatus: true,
      VerificationStatus: 'SUCCESS',
      ConfigurationSetName: 'cs',
      FeedbackForwardingStatus: false,
      Tags: OURS,
      DkimAttributes: {
        Status: 'SUCCESS',
        Tokens: tokens,
        SigningHostedZone: 'dkim.ap-southeast-3.amazonses.com',
        CurrentSigningKeyLength: 'RSA_1024_BIT',
        NextSigningKeyLength: 'RSA_2048_BIT',
      },
      MailFromAttributes: { MailFromDomainStatus: 'TEMPORARY_FAILURE', BehaviorOnMxFailure: 'REJECT_MESSAGE' },
    });
  });

  it('with an own key, as a replica, verified by TXT alone, and failed', async () => {
    await desk.seed('identities', 'own.test', { origin: 'EXTERNAL', selector: 's1', signingEnabled: false });
    expect((await get('own.test')).DkimAttributes).toEqual({
      SigningEnabled: false,
      Status: 'SUCCESS',
      Tokens: ['s1'],
      SigningAttributesOrigin: 'EXTERNAL',
    });
    await desk.seed('identities', 'hand.test', { region: 'eu-west-1', origin: 'AWS_SES_AP_SOUTHEAST_3' });
    expect((await get('hand.test', 'eu-west-1')).DkimAttributes).toMatchObject({
      SigningAttributesOrigin: 'AWS_SES_AP_SOUTHEAST_3',
      Tokens: tokens,
      SigningHostedZone: 'dkim.ap-southeast-3.amazonses.com',
      CurrentSigningKeyLength: 'RSA_1024_BIT',
    });
    const txt = { tokens: [], dkimStatus: 'NOT_STARTED', verificationStatus: 'SUCCESS', legacyToken: 'txt' };
    await desk.seed('identities', 'txt.test', txt);
    expect(await get('txt.test')).toMatchObject({
      VerifiedForSendingStatus: true,
      DkimAttributes: { Status: 'NOT_STARTED', Tokens: [] },
    });
    await desk.seed('identities', 'lost.test', { dkimStatus: 'FAILED', errorType: 'TYPE_NOT_FOUND' });
    expect(await get('lost.test')).toMatchObject({
      VerifiedForSendingStatus: false,
      VerificationStatus: 'FAILED',
      VerificationInfo: { ErrorType: 'TYPE_NOT_FOUND' },
    });
  });

  it('only in a Region that there is, and with members that there are', async () => {
    await expect(desk.seed('identities', 'x.test', { region: 'mars-1' })).rejects.toThrow('no Region');
    await expect(desk.seed('identities', 'x.test', { dkim: 'SUCCESS' })).rejects.toThrow('dkim');
  });
});
