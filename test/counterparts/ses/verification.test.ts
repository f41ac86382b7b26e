import {
  CreateEmailIdentityCommand,
  GetEmailIdentityCommand,
  PutEmailIdentityDkimSigningAttributesCommand,
  PutEmailIdentityMailFromAttributesCommand,
} from '@aws-sdk/client-sesv2';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openDesk } from './desk.ts';

const desk = openDesk();
beforeAll(async () => {
  await desk.stage.control('POST /control/cloudflare/edge', { delayMs: 0 });
});
afterEach(() => desk.stage.control('DELETE /control/dns/misbehaviour'));

let count = 0;
const fresh = () => {
  count += 1;
  return `v${count}.test`;
};
const get = (EmailIdentity: string, region?: string) =>
  desk.ses(region).send(new GetEmailIdentityCommand({ EmailIdentity }));
const create = async (EmailIdentity: string, region?: string): Promise<string[]> =>
  (await desk.ses(region).send(new CreateEmailIdentityCommand({ EmailIdentity }))).DkimAttributes?.Tokens ?? [];
/** Lets SES look at the records now; it looks by itself as well. */
const look = (name: string) => desk.stage.control(`POST /control/aws/look?name=${name}`);
const serve = async (zone: string, records: readonly object[], more: object = {}) => {
  await desk.stage.control('POST /control/zones', {
    name: zone,
    records: records.map((one) => ({ ttl: 60, ...one })),
    ...more,
  });
};
const api = async (method: string, path: string, body?: unknown): Promise<{ result: { id: string }[] }> => {
  const { CLOUDFLARE_BASE_URL = '', CLOUDFLARE_API_TOKEN = '' } = desk.stage.env;
  const answer = await fetch(`${CLOUDFLARE_BASE_URL}${path}`, {
    method,
    headers: { authorization: `Bearer ${CLOUDFLARE_API_TOKEN}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  expect(answer.status).toBe(200);
  return (await answer.json()) as never;
};
/** Takes all records of a zone away through the provider's API, or puts some there. */
const change = async (name: string, records?: readonly object[]) => {
  const [zone] = (await api('GET', `/zones?name=${name}`)).result;
  const path = `/zones/${zone?.id}/dns_records`;
  const deletes = (await api('GET', path)).result.map(({ id }) => ({ id }));
  await api('POST', `${path}/batch`, records ? { posts: records } : { deletes });
};
const cname = (token: string, more: object = {}) => ({
  type: 'CNAME',
  name: `${token}._domainkey`,
  content: `${token}.dkim.amazonses.com`,
  ...more,
});

describe('DKIM', () => {
  const text = (token: string) => ({
    type: 'TXT',
    name: `${token}._domainkey`,
    content: `${token}.dkim.amazonses.com`,
  });
  it.each([
    ['nothing', () => [], {}, 'HOST_NOT_FOUND'],
    ['two of three', ([a = '', b = '']) => [cname(a), cname(b)], {}, 'HOST_NOT_FOUND'],
    [
      'the zone’s name doubled',
      (tokens, zone) => tokens.map((t) => cname(t, { name: `${t}._domainkey.${zone}.x` })),
      {},
      'HOST_NOT_FOUND',
    ],
    ['texts instead of aliases', (tokens) => tokens.map(text), {}, 'TYPE_NOT_FOUND'],
    ['proxied aliases', (tokens) => tokens.map((t) => cname(t, { proxied: true })), {}, 'TYPE_NOT_FOUND'],
    [
      'flattened aliases',
      (tokens) => tokens.map((t) => cname(t)),
      { plan: 'pro', flattenAllCnames: true },
      'TYPE_NOT_FOUND',
    ],
    [
      'a wrong target',
      (tokens) => tokens.map((t) => cname(t, { content: `${t}.dkim.eu-west-1.amazonses.com` })),
      {},
      'INVALID_VALUE',
    ],
    ['the right ones', (tokens) => tokens.map((t) => cname(t)), {}, undefined],
  ] as [string, (tokens: string[], zone: string) => object[], object, string | undefined][])(
    'with %s',
    async (_what, records, more, wanted) => {
      const zone = fresh();
      const tokens = await create(zone);
      await serve(zone, records(tokens, zone), more);
      await look(zone);
      const identity = await get(zone);
      expect(identity.VerificationInfo?.ErrorType).toBe(wanted);
      expect(identity).toMatchObject({
        VerifiedForSendingStatus: wanted === undefined,
        VerificationStatus: wanted === undefined ? 'SUCCESS' : 'PENDING',
        DkimAttributes: { Status: wanted === undefined ? 'SUCCESS' : 'PENDING' },
        VerificationInfo: {
          SOARecord: { PrimaryNameServer: 'ada.ns.cloudflare.com', SerialNumber: expect.any(Number) },
        },
      });
    },
  );

  it('tells a name server that fails from a record that is not there', async () => {
    const zone = fresh();
    await create(zone);
    await serve(zone, []);
    await desk.stage.control('POST /control/dns/misbehaviour', { kind: 'servfail', name: zone });
    await look(zone);
    expect((await get(zone)).VerificationInfo?.ErrorType).toBe('DNS_SERVER_ERROR');
  });

  it('asks for aliases as aliases, through the delegation, and not all the time', async () => {
    const zone = fresh();
    const [token = ''] = await create(zone);
    await serve(zone, []);
    const asked = async () =>
      (await desk.stage.ledger('dns')).filter(({ request }) =>
        JSON.stringify(request).includes(`${token}._domainkey.${zone}`),
      );
    const rows = await desk.until(asked, (found) => found.length >= 4);
    expect(new Set(rows.map(({ operation }) => operation))).toEqual(new Set(['CNAME']));
    const times = rows.map((row) => new Date((row as unknown as { at: string }).at).getTime());
    const gaps = times.slice(1).map((time, n) => time - (times[n] ?? 0));
    expect(gaps[2]).toBeGreaterThan(gaps[0] ?? 0);
  });

  it('gives up after 72 hours, and starts again only when asked', async () => {
    const zone = fresh();
    const tokens = await create(zone);
    await serve(zone, []);
    await desk.advance(71);
    await look(zone);
    expect((await get(zone)).VerificationStatus).toBe('PENDING');
    await desk.advance(2);
    await look(zone);
    expect(await get(zone)).toMatchObject({ VerificationStatus: 'FAILED', DkimAttributes: { Status: 'FAILED' } });
    await change(
      zone,
      tokens.map((token) => cname(token, { ttl: 60 })),
    );
    await look(zone);
    expect((await get(zone)).VerificationStatus).toBe('FAILED');
    const again = { EmailIdentity: zone, SigningAttributesOrigin: 'AWS_SES' as const };
    const restarted = await desk.ses().send(new PutEmailIdentityDkimSigningAttributesCommand(again));
    expect(restarted.DkimTokens).toEqual(tokens);
    await look(zone);
    expect((await get(zone)).VerificationStatus).toBe('SUCCESS');
  });

  it('puts up with records that vanish for 72 hours, and stays failed when they come back later', async () => {
    const zone = fresh();
    const tokens = await create(zone);
    await serve(
      zone,
      tokens.map((token) => cname(token)),
    );
    await look(zone);
    await change(zone);
    await desk.stage.control('POST /control/dns/forget', {});
    await look(zone);
    expect(await get(zone)).toMatchObject({ VerificationStatus: 'TEMPORARY_FAILURE', VerifiedForSendingStatus: true });
    await desk.advance(73);
    await look(zone);
    expect(await get(zone)).toMatchObject({ VerificationStatus: 'FAILED', VerifiedForSendingStatus: false });
    await change(
      zone,
      tokens.map((token) => cname(token, { ttl: 60 })),
    );
    await look(zone);
    expect((await get(zone)).VerificationStatus).toBe('FAILED');
  });

  it('remembers a miss for the SOA minimum where a test wants SES’s resolver to', async () => {
    await desk.turn({ verification: { honourNegativeCache: true } });
    const zone = fresh();
    const tokens = await create(zone);
    await serve(zone, []);
    await look(zone);
    await change(
      zone,
      tokens.map((token) => cname(token, { ttl: 60 })),
    );
    await look(zone);
    expect((await get(zone)).VerificationInfo?.ErrorType).toBe('HOST_NOT_FOUND');
    await desk.stage.control('POST /clock', { advance: 1801 });
    await look(zone);
    expect((await get(zone)).VerificationStatus).toBe('SUCCESS');
    await desk.turn({ verification: { honourNegativeCache: false } });
  });

  it('is not needed below a domain that is verified, and differs by Region', async () => {
    await desk.seed('identities', 'above.test');
    const tokens = await create('sub.above.test');
    expect(await get('sub.above.test')).toMatchObject({
      VerifiedForSendingStatus: true,
      VerificationStatus: 'PENDING',
    });
    expect(await create('sub.above.test', 'eu-west-1')).not.toEqual(tokens);
    await create('sub.above.test', 'ap-southeast-3');
    const { DkimAttributes } = await get('sub.above.test', 'ap-southeast-3');
    expect(DkimAttributes?.SigningHostedZone).toBe('dkim.ap-southeast-3.amazonses.com');
    expect((await get('sub.above.test', 'eu-west-1')).VerifiedForSendingStatus).toBe(false);
  });
});

describe('MAIL FROM', () => {
  const mx = (content: string, more: object = {}) => ({ type: 'MX', name: 'bounce', content, priority: 10, ...more });
  const RIGHT = 'feedback-smtp.us-east-1.amazonses.com';
  it.each([
    ['its one MX, without any SPF record', [mx(RIGHT)], 'SUCCESS'],
    [
      'its one MX, and a wrong SPF record',
      [mx(RIGHT), { type: 'TXT', name: 'bounce', content: 'v=spf1 -all' }],
      'SUCCESS',
    ],
    ['a second MX', [mx(RIGHT), mx('mx.other.test', { priority: 20 })], 'PENDING'],
    ['the MX of another Region', [mx('feedback-smtp.eu-west-1.amazonses.com')], 'PENDING'],
    ['both Regions’ MX', [mx(RIGHT), mx('feedback-smtp.eu-west-1.amazonses.com')], 'PENDING'],
    ['the inbound host’s suffix', [mx('feedback-smtp.us-east-1.amazonaws.com')], 'PENDING'],
    ['an alias', [{ type: 'CNAME', name: 'bounce', content: 'amazonses.com' }], 'PENDING'],
    ['the SPF record alone', [{ type: 'TXT', name: 'bounce', content: 'v=spf1 -all' }], 'PENDING'],
    ['nothing', [], 'PENDING'],
  ])('with %s', async (_what, records, wanted) => {
    const zone = fresh();
    await desk.seed('identities', zone);
    await serve(zone, records);
    const set = { EmailIdentity: zone, MailFromDomain: `bounce.${zone}` };
    await desk.ses().send(new PutEmailIdentityMailFromAttributesCommand(set));
    await look(zone);
    expect((await get(zone)).MailFromAttributes?.MailFromDomainStatus).toBe(wanted);
  });

  it('fails after 72 hours, and is looked for again when it is set again', async () => {
    const zone = fresh();
    await desk.seed('identities', zone);
    await serve(zone, []);
    const set = new PutEmailIdentityMailFromAttributesCommand({
      EmailIdentity: zone,
      MailFromDomain: `bounce.${zone}`,
    });
    const state = async () => {
      await look(zone);
      return (await get(zone)).MailFromAttributes?.MailFromDomainStatus;
    };
    await desk.ses().send(set);
    await desk.advance(73);
    expect(await state()).toBe('FAILED');
    await change(zone, [mx(RIGHT, { ttl: 60 })]);
    expect(await state()).toBe('FAILED');
    await desk.ses().send(set);
    expect(await state()).toBe('SUCCESS');
  });

  it('may be shared with another Region’s MX where a test says so, but has one MX even then', async () => {
    const ses = desk.ses('eu-west-1');
    const open = async (records: object[]) => {
      const zone = fresh();
      await desk.seed('identities', zone, { region: 'eu-west-1' });
      await serve(zone, records);
      const set = { EmailIdentity: zone, MailFromDomain: `bounce.${zone}` };
      await ses.send(new PutEmailIdentityMailFromAttributesCommand(set));
      return async () => {
        await look(zone);
        return (await get(zone, 'eu-west-1')).MailFromAttributes?.MailFromDomainStatus;
      };
    };
    const one = await open([mx(RIGHT)]);
    const two = await open([mx(RIGHT), mx('feedback-smtp.eu-west-1.amazonses.com')]);
    expect(await one()).toBe('PENDING');
    await desk.turn({ sharedMailFrom: true });
    expect(await one()).toBe('SUCCESS');
    expect(await two()).toBe('PENDING');
    await desk.turn({ sharedMailFrom: false });
  });
});
