import { describe, expect, it } from 'vitest';
import type { Json } from '../../core/problem.ts';
import { Problem } from '../../core/problem.ts';
import type { Change } from '../../core/resource.ts';
import { type ApplyNeeds, applySesChange } from './apply.ts';
import type { SesClient } from './client.ts';

const DOMAIN = 'example.com';
const base = { region: 'us-east-1', domain: DOMAIN };
const arn = `arn:aws:ses:us-east-1:111122223333:identity/${DOMAIN}`;

/** A client that answers as told and remembers what it was asked. */
function desk(answers: Readonly<Record<string, unknown>> = {}) {
  const asked: [string, Record<string, unknown>][] = [];
  const client = {
    call: async (_region: string, call: string, input: Record<string, unknown>) => {
      asked.push([call, input]);
      const told = answers[call];
      const answer = Array.isArray(told) ? told.shift() : told;
      if (answer instanceof Error) throw answer;
      return answer ?? {};
    },
    verificationToken: async () => 'token',
  } as unknown as SesClient;
  const facts = new Map<string, Json>([
    ['ses 111122223333 us-east-1 identities', [{ name: DOMAIN }, { name: 'b.com' }]],
  ]);
  const needs: ApplyNeeds = {
    account: '111122223333',
    clock: { now: () => Date.UTC(2026, 0, 10) },
    learnt: { identities: new Map(), tenants: new Map(), underWay: new Map() },
    facts: {
      recall: async (key) => ({ value: facts.get(key) ?? null, at: 0 }),
      remember: async (key, value) => void facts.set(key, value),
    },
    keyFiles: {
      readPublicKey: async () => 'PUBLIC',
      readSigningKey: async () => 'SECRET',
      makeKeyFile: async (path) => (path === '/new.pem' ? 'made' : 'kept'),
    },
  };
  const make = (id: string, data: Record<string, unknown>, verb: Change['verb'] = 'update') =>
    applySesChange(
      {
        id,
        system: 'ses',
        verb,
        what: '',
        effect: '',
        by: 'us',
        undo: 'inverse',
        [verb === 'delete' ? 'before' : 'after']: data,
      },
      client,
      needs,
    );
  return { asked, make, needs, facts, calls: () => asked.map(([call]) => call) };
}

describe('a key of one’s own', () => {
  const own = { ...base, origin: 'EXTERNAL', selector: 's1', keyFile: '/new.pem' };
  it('is given to SES and to nobody else', async () => {
    const { make, asked } = desk({ CreateEmailIdentity: { DkimAttributes: { Tokens: ['s1'] } } });
    const made = [
      await make('ses us-east-1/identity', own, 'create'),
      await make('ses us-east-1/dkim', own),
      await make('ses us-east-1/dkim-restart', own),
    ];
    expect(made.map((one) => one.status)).toEqual(['done', 'done', 'done']);
    expect(JSON.stringify(made)).not.toContain('SECRET');
    const key = { DomainSigningSelector: 's1', DomainSigningPrivateKey: 'SECRET' };
    expect(asked.find(([call]) => call === 'CreateEmailIdentity')?.[1]).toMatchObject({ DkimSigningAttributes: key });
    expect(asked.at(-1)?.[1]).toMatchObject({ SigningAttributesOrigin: 'EXTERNAL', SigningAttributes: key });
  });
  it('is made once', async () => {
    const { make } = desk();
    expect(await make('ses all regions/dkim-key', { keyFile: '/new.pem' }, 'create')).toEqual({ status: 'done' });
    expect(await make('ses all regions/dkim-key', { keyFile: '/old.pem' }, 'create')).toEqual({ status: 'kept' });
  });
});

describe('a switch', () => {
  it('is dated on the identity before it is made', async () => {
    const { make, asked } = desk();
    await make('ses us-east-1/dkim', { ...base, origin: 'AWS_SES_US_WEST_2' });
    expect(asked).toEqual([
      [
        'TagResource',
        { ResourceArn: arn, Tags: [{ Key: 'mailwright:dkim-switched', Value: '2026-01-10T00:00:00.000Z' }] },
      ],
      [
        'PutEmailIdentityDkimSigningAttributes',
        { EmailIdentity: DOMAIN, SigningAttributesOrigin: 'AWS_SES_US_WEST_2' },
      ],
    ]);
  });
  it.each([
    ['The key length can be changed at most once per day.', 'ses.BadRequest', 'ses.dkim-rotated'],
    ['User ponce is not authorized (once more).', 'aws.access-denied', 'aws.access-denied'],
    ['Bad selector.', 'ses.BadRequest', 'ses.BadRequest'],
  ])('of the key length, refused: %s', async (message, code, told) => {
    const { make } = desk({ PutEmailIdentityDkimSigningAttributes: new Problem('failed', code, message) });
    const rotated = await make('ses us-east-1/dkim-rotate', { ...base, keyLength: 'RSA_2048_BIT' });
    expect(rotated).toMatchObject({ status: 'failed', problem: { code: told } });
    if (told === 'ses.dkim-rotated')
      expect(rotated).toMatchObject({
        problem: {
          kind: 'conflict',
          message: 'SES us-east-1 changes the key length at most once in 24 hours, and did within the last 24.',
          fix: 'Run again tomorrow.',
        },
      });
  });
});

describe('DKIM that begins', () => {
  const starts = { ...base, origin: 'AWS_SES', starts: true };
  const order = ['TagResource', 'PutEmailIdentityDkimSigningAttributes', 'PutEmailIdentityDkimAttributes'];
  it('is remembered at SES first, so that a run that is cut short is finished by the next', async () => {
    const lost = desk({ PutEmailIdentityDkimAttributes: new Problem('unknown', 'ses.lost', 'HTTP 500') });
    expect((await lost.make('ses us-east-1/dkim', starts)).status).toBe('failed');
    expect(lost.calls()).toEqual(order);
    const { make, asked } = desk();
    expect(await make('ses us-east-1/dkim-signing', { ...base, signing: true })).toEqual({ status: 'done' });
    expect(asked).toEqual([['PutEmailIdentityDkimAttributes', { EmailIdentity: DOMAIN, SigningEnabled: true }]]);
  });
  it('before SES lets signing be switched on: that comes later', async () => {
    const early = new Problem('failed', 'ses.BadRequest', `Domain ${DOMAIN} is not verified for DKIM signing.`);
    const { make, calls } = desk({ PutEmailIdentityDkimAttributes: early });
    expect((await make('ses us-east-1/dkim', starts)).status).toBe('done');
    expect(calls()).toEqual(order);
  });
});

it('marks are put and taken away', async () => {
  const { make, asked } = desk();
  await make('ses us-east-1/identity/marks', {
    ...base,
    arn,
    tags: { 'managed-by': null, 'mailwright:home': 'former' },
  });
  expect(asked).toEqual([
    ['TagResource', { ResourceArn: arn, Tags: [{ Key: 'mailwright:home', Value: 'former' }] }],
    ['UntagResource', { ResourceArn: arn, TagKeys: ['managed-by'] }],
  ]);
});

describe('taking away', () => {
  it('what is gone already is done', async () => {
    const { make } = desk({ DeleteEmailIdentity: new Problem('failed', 'ses.NotFound', 'gone') });
    expect(await make('ses us-east-1/identity', base, 'delete')).toEqual({ status: 'done' });
  });
  it('an identity is forgotten with it', async () => {
    const { make, facts } = desk();
    await make('ses us-east-1/identity', base, 'delete');
    expect(facts.get('ses 111122223333 us-east-1 identities')).toEqual([{ name: 'b.com' }]);
  });
  it('a tenant that somebody began to use since stays', async () => {
    const { make, calls } = desk({ ListTenantResources: { TenantResources: [{ ResourceArn: 'arn:other' }] } });
    expect(await make('ses us-east-1/tenant', { ...base, tenant: 'acme' }, 'delete')).toEqual({
      status: 'kept',
      learnt: { usedBy: ['arn:other'] },
    });
    expect(calls()).toEqual(['ListTenantResources']);
  });
  it.each([
    ['ses us-east-1/tenant', 'ListTenantResources', 'TenantResources', { ResourceArn: 'arn:other' }],
    ['ses us-east-1/configuration-set', 'ListEmailIdentities', 'EmailIdentities', { IdentityName: 'b.com' }],
  ])('%s: an empty page with more behind it proves nothing', async (id, list, field, thing) => {
    const pages = (last: object) => ({ [list]: [{ [field]: [], NextToken: 'more' }, last] });
    const used = desk(pages({ [field]: [thing] }));
    const data = { ...base, tenant: 'acme', configurationSet: 'acme' };
    expect(await used.make(id, data, 'delete')).toMatchObject({ status: 'kept' });
    expect(used.asked.map(([call, input]) => [call, input.NextToken])).toEqual([
      [list, undefined],
      [list, 'more'],
    ]);
    expect(await desk(pages({})).make(id, data, 'delete')).toEqual({ status: 'done' });
  });
  it('a configuration set stays while any identity is left', async () => {
    const { make, calls } = desk({ ListEmailIdentities: { EmailIdentities: [{ IdentityName: 'b.com' }] } });
    expect(await make('ses us-east-1/configuration-set', { ...base, configurationSet: 's' }, 'delete')).toEqual({
      status: 'kept',
      learnt: { usedBy: ['b.com'] },
    });
    expect(calls()).toEqual(['ListEmailIdentities']);
  });
  it('an association is no longer believed in', async () => {
    const { make, needs } = desk();
    needs.learnt.tenants.set('us-east-1 acme', { exists: true, resources: [arn, 'arn:other'] });
    await make('ses us-east-1/tenant/identity', { ...base, tenant: 'acme', arn }, 'delete');
    expect(needs.learnt.tenants.get('us-east-1 acme')?.resources).toEqual(['arn:other']);
  });
  it('what nobody knows how to make fails with its name', async () => {
    const { make } = desk();
    expect(await make('ses us-east-1/moon', base)).toMatchObject({ status: 'failed', problem: { code: 'ses.change' } });
  });
});
