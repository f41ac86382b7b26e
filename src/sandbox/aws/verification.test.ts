import {
  CreateEmailIdentityCommand,
  GetEmailIdentityCommand,
  type GetEmailIdentityResponse,
  PutEmailIdentityDkimSigningAttributesCommand,
  PutEmailIdentityMailFromAttributesCommand,
} from '@aws-sdk/client-sesv2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestAws, publishDkim, type TestAws, until } from './world.fixture.ts';

const HOURS = 3600;

let t: TestAws;
beforeAll(async () => {
  t = await openTestAws();
});
afterAll(() => t.close());

const get = (name: string) => t.ses().send(new GetEmailIdentityCommand({ EmailIdentity: name }));
const untilIdentity = (name: string, good: (identity: GetEmailIdentityResponse) => boolean) =>
  until(() => get(name), good);
const error = (identity: GetEmailIdentityResponse) => identity.VerificationInfo?.ErrorType;
const dkim = (identity: GetEmailIdentityResponse) => identity.DkimAttributes?.Status;

async function create(name: string): Promise<{ tokens: string[]; zone: string }> {
  const { DkimAttributes } = await t.ses().send(new CreateEmailIdentityCommand({ EmailIdentity: name }));
  return { tokens: DkimAttributes?.Tokens ?? [], zone: DkimAttributes?.SigningHostedZone ?? '' };
}

async function verified(name: string): Promise<string[]> {
  const { tokens, zone } = await create(name);
  publishDkim(t.internet, name, tokens, zone);
  await untilIdentity(name, (identity) => dkim(identity) === 'SUCCESS');
  return tokens;
}

describe('verification by DKIM', () => {
  it('asks for CNAMEs, says why it fails, and succeeds when all three are right', async () => {
    const name = 'slow.test';
    const { tokens, zone } = await create(name);
    const host = (index: number) => `${tokens[index]}._domainkey.${name}`;
    const first = await untilIdentity(name, (identity) => error(identity) === 'HOST_NOT_FOUND');
    expect(first).toMatchObject({ VerificationStatus: 'PENDING', VerifiedForSendingStatus: false });
    expect(first.VerificationInfo?.SOARecord).toEqual({
      PrimaryNameServer: 'ns1.dns.test',
      AdminEmail: 'hostmaster.dns.test',
      SerialNumber: 7,
    });
    expect(first.VerificationInfo?.LastSuccessTimestamp).toBeUndefined();
    t.internet.publish(name, host(0), 'TXT', [`${tokens[0]}.${zone}`]);
    await untilIdentity(name, (identity) => error(identity) === 'TYPE_NOT_FOUND');
    t.internet.publish(name, host(0), 'CNAME', [`${tokens[1]}.${zone}`]);
    await untilIdentity(name, (identity) => error(identity) === 'INVALID_VALUE');
    t.internet.broken.set(host(0), 'SERVFAIL');
    await untilIdentity(name, (identity) => error(identity) === 'DNS_SERVER_ERROR');
    t.internet.broken.clear();
    publishDkim(t.internet, name, tokens.slice(0, 2), zone);
    await untilIdentity(name, (identity) => error(identity) === 'HOST_NOT_FOUND');
    t.internet.publish(name, host(2), 'CNAME', [`${tokens[2]}.${zone}`.toUpperCase()]);
    const done = await untilIdentity(name, (identity) => dkim(identity) === 'SUCCESS');
    expect(done).toMatchObject({ VerificationStatus: 'SUCCESS', VerifiedForSendingStatus: true });
    expect(error(done)).toBeUndefined();
    expect(done.VerificationInfo?.LastSuccessTimestamp).toBeInstanceOf(Date);
    expect(
      t.internet.asked.filter((question) => question.includes('_domainkey') && !question.endsWith(' CNAME')),
    ).toEqual([]);
  });

  it('is not fooled by an address behind the name: a proxied or flattened record', async () => {
    const { tokens } = await create('proxied.test');
    for (const token of tokens)
      t.internet.publish('proxied.test', `${token}._domainkey.proxied.test`, 'A', ['192.0.2.1']);
    expect(dkim(await untilIdentity('proxied.test', (identity) => error(identity) === 'TYPE_NOT_FOUND'))).toBe(
      'PENDING',
    );
  });

  it('gives up after 72 hours and starts again only when asked', async () => {
    const name = 'never.test';
    const { tokens, zone } = await create(name);
    await untilIdentity(name, (identity) => error(identity) === 'HOST_NOT_FOUND');
    t.world.clock.advance(71 * HOURS);
    await t.control(`POST /aws/look?name=${name}`);
    expect(dkim(await get(name))).toBe('PENDING');
    t.world.clock.advance(1 * HOURS);
    await untilIdentity(name, (identity) => dkim(identity) === 'FAILED' && identity.VerificationStatus === 'FAILED');
    publishDkim(t.internet, name, tokens, zone);
    await t.control(`POST /aws/look?name=${name}`);
    expect(dkim(await get(name))).toBe('FAILED');
    const restarted = await t
      .ses()
      .send(
        new PutEmailIdentityDkimSigningAttributesCommand({ EmailIdentity: name, SigningAttributesOrigin: 'AWS_SES' }),
      );
    expect(restarted).toMatchObject({ DkimStatus: 'PENDING', DkimTokens: tokens, SigningHostedZone: zone });
    await untilIdentity(name, (identity) => identity.VerificationStatus === 'SUCCESS');
  });

  it('looks again later: what vanished is TEMPORARY_FAILURE, comes back, or fails after 72 hours', async () => {
    const name = 'vanishing.test';
    const [token] = await verified(name);
    const host = `${token}._domainkey.${name}`;
    t.internet.publish(name, host, 'CNAME', []);
    const failing = await untilIdentity(name, (identity) => dkim(identity) === 'TEMPORARY_FAILURE');
    expect(failing).toMatchObject({ VerificationStatus: 'TEMPORARY_FAILURE', VerifiedForSendingStatus: true });
    t.internet.publish(name, host, 'CNAME', [`${token}.dkim.amazonses.com`]);
    await untilIdentity(name, (identity) => dkim(identity) === 'SUCCESS');
    t.internet.publish(name, host, 'CNAME', []);
    await untilIdentity(name, (identity) => dkim(identity) === 'TEMPORARY_FAILURE');
    t.world.clock.advance(72 * HOURS);
    await untilIdentity(name, (identity) => dkim(identity) === 'FAILED' && !identity.VerifiedForSendingStatus);
    t.internet.publish(name, host, 'CNAME', [`${token}.dkim.amazonses.com`]);
    await new Promise((resolve) => setTimeout(resolve, 120));
    expect(dkim(await get(name))).toBe('FAILED');
  });

  it('remembers a miss where it is told to honour negative caching', async () => {
    await t.control('POST /aws/switches', { verification: { honourNegativeCache: true } });
    const name = 'cached.test';
    const { tokens, zone } = await create(name);
    await untilIdentity(name, (identity) => error(identity) === 'HOST_NOT_FOUND');
    publishDkim(t.internet, name, tokens, zone);
    await t.control(`POST /aws/look?name=${name}`);
    expect(dkim(await get(name))).toBe('PENDING');
    for (const token of tokens) t.internet.forget(`${token}._domainkey.${name}`);
    await untilIdentity(name, (identity) => dkim(identity) === 'SUCCESS');
    await t.control('POST /aws/switches', { verification: { honourNegativeCache: false } });
  });

  it('of an address ends after a day without a click', async () => {
    await t.ses().send(new CreateEmailIdentityCommand({ EmailIdentity: 'me@nowhere.test' }));
    t.world.clock.advance(24 * HOURS);
    await untilIdentity('me@nowhere.test', (identity) => identity.VerificationStatus === 'FAILED');
  });
});

describe('MAIL FROM', () => {
  const put = (name: string, MailFromDomain: string) =>
    t.ses().send(
      new PutEmailIdentityMailFromAttributesCommand({
        EmailIdentity: name,
        MailFromDomain,
        BehaviorOnMxFailure: 'REJECT_MESSAGE',
      }),
    );
  const state = (identity: GetEmailIdentityResponse) => identity.MailFromAttributes?.MailFromDomainStatus;
  const right = '10 feedback-smtp.us-east-1.amazonses.com';

  it('needs exactly one MX, of exactly this Region; SPF is not looked at', async () => {
    await create('mf.test');
    const look = async () => {
      await t.control('POST /aws/look?name=mf.test');
      return state(await get('mf.test'));
    };
    const wrong: [string, string[]][] = [
      ['MX', ['10 feedback-smtp.us-west-2.amazonses.com']],
      ['MX', ['10 feedback-smtp.us-east-1.amazonaws.com']],
      ['MX', [right, '20 mx.mf.test']],
      ['CNAME', ['other.mf.test']],
      ['TXT', ['v=spf1 include:amazonses.com ~all']],
    ];
    t.internet.publish('mf.test', 'other.mf.test', 'MX', [right]);
    await put('mf.test', 'bounce.mf.test');
    expect(await look()).toBe('PENDING');
    for (const [type, values] of wrong) {
      t.internet.publish('mf.test', 'bounce.mf.test', type, values);
      expect(await look(), `${type} ${values}`).toBe('PENDING');
      t.internet.publish('mf.test', 'bounce.mf.test', type, []);
    }
    t.internet.publish('mf.test', 'bounce.mf.test', 'MX', [`${right}.`.toUpperCase()]);
    expect(await look()).toBe('SUCCESS');
    t.internet.publish('mf.test', 'bounce.mf.test', 'MX', []);
    expect(await look()).toBe('TEMPORARY_FAILURE');
    t.world.clock.advance(72 * HOURS);
    expect(await look()).toBe('FAILED');
    t.internet.publish('mf.test', 'bounce.mf.test', 'MX', [right]);
    expect(await look()).toBe('FAILED');
    await put('mf.test', 'bounce.mf.test');
    await untilIdentity('mf.test', (identity) => state(identity) === 'SUCCESS');
  });

  it('fails after 72 hours, and may be shared between Regions where a test says so', async () => {
    await create('shared.test');
    t.internet.publish('shared.test', 'bounce.shared.test', 'MX', ['10 feedback-smtp.eu-west-1.amazonses.com']);
    await put('shared.test', 'bounce.shared.test');
    t.world.clock.advance(72 * HOURS);
    await untilIdentity('shared.test', (identity) => state(identity) === 'FAILED');
    await t.control('POST /aws/switches', { sharedMailFrom: true });
    await put('shared.test', 'bounce.shared.test');
    await untilIdentity('shared.test', (identity) => state(identity) === 'SUCCESS');
    await t.control('POST /aws/switches', { sharedMailFrom: false });
  });
});

describe('a seeded identity', () => {
  it('stays as it is unless it is watched', async () => {
    await t.control('POST /aws/identities', {
      region: 'us-east-1',
      name: 'pinned.test',
      mailFrom: { domain: 'b.pinned.test' },
    });
    await t.control('POST /aws/identities', { region: 'us-east-1', name: 'watched.test', watched: true });
    await untilIdentity('watched.test', (identity) => dkim(identity) === 'TEMPORARY_FAILURE');
    expect(await get('pinned.test')).toMatchObject({
      VerificationStatus: 'SUCCESS',
      MailFromAttributes: { MailFromDomainStatus: 'SUCCESS' },
    });
    expect(await t.control('GET /aws/identities?name=pinned.test')).toMatchObject([
      { region: 'us-east-1', name: 'pinned.test', pinned: true },
    ]);
  });
});
