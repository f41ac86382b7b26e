import { describe, expect, it } from 'vitest';
import { Problem } from '../../core/problem.ts';
import type { Answer, FoundZone, Question, Resolver } from '../../core/resolver.ts';
import type { InspectedZone, InspectNeeds } from '../needs.ts';
import { readDomain } from './read-domain.ts';

const SERVER = 'ada.ns.cloudflare.com';
const DELEGATED: FoundZone = { status: 'present', zone: 'a.com', servers: [SERVER] };
const down = (reason: string) => async () => {
  throw new Problem('unknown', 'test.down', reason);
};

/** DNS as 'name type' -> values, or { alias }; 'unknown' where the servers are silent. */
type Records = Readonly<Record<string, readonly string[] | { alias: string } | 'unknown'>>;

function dns(records: Records, found: FoundZone = DELEGATED, asked: string[] = []): Resolver {
  const answer = async ({ name, type }: Question): Promise<Answer> => {
    asked.push(`${name} ${type}`);
    const entry = records[`${name} ${type}`] ?? records['*'] ?? [];
    if (entry === 'unknown')
      return {
        status: 'unknown',
        values: [],
        servers: [{ by: SERVER, status: 'unknown', values: [], reason: 'SERVFAIL' }],
      };
    const values = 'alias' in entry ? [] : entry;
    const status = values.length > 0 ? 'present' : 'absent';
    return { status, values, servers: [{ by: SERVER, status, values, ...('alias' in entry ? entry : {}) }] };
  };
  return { authoritative: answer, public: answer, zoneOf: async () => found };
}

function needs(records: Records, more: Partial<InspectNeeds> = {}): InspectNeeds {
  return {
    resolver: dns(records),
    ses: down('no credentials'),
    sesUnread: async () => [],
    zone: down('no token'),
    ...more,
  };
}

const zone = (more: Partial<InspectedZone> = {}): InspectedZone => ({
  provider: 'cloudflare',
  account: 'Estate',
  name: 'a.com',
  nameServers: [SERVER],
  records: [
    { name: 'odd9._domainkey.a.com', type: 'TXT', value: 'v=DKIM1; p=MII', ttl: 300 },
    { name: 'a.com', type: 'MX', value: 'mx.b.com', preference: 10, ttl: 300 },
  ],
  ...more,
});

describe('what is read of a domain', () => {
  it('is what DNS says, from guesses where nobody lists the names', async () => {
    const facts = await readDomain(
      'a.com',
      needs({
        'a.com MX': ['20 mx2.b.com', '10 aspmx.l.google.com'],
        'a.com TXT': ['v=spf1 include:amazonses.com -all', 'other'],
        '_dmarc.a.com TXT': ['v=DMARC1; p=none; rua=mailto:Reports@b.com,mailto:x@c.com'],
        'google._domainkey.a.com TXT': ['v=DKIM1; k=rsa; p=MII'],
        'k1._domainkey.a.com TXT': { alias: 'dkim.mcsv.net' },
        'mail.a.com MX': ['10 feedback-smtp.eu-west-1.amazonses.com'],
        'mail.a.com TXT': ['v=spf1 include:amazonses.com ~all'],
        '_smtp._tls.a.com TXT': ['v=TLSRPTv1; rua=mailto:tls@b.com'],
      }),
    );
    expect(facts).toMatchObject({
      dns: { value: { host: 'Cloudflare' } },
      mx: { value: [{ host: 'aspmx.l.google.com', preference: 10, service: 'Google Workspace' }, { preference: 20 }] },
      spf: { value: { ses: true, all: '-all', includes: [{ domain: 'amazonses.com', sender: 'Amazon SES' }] } },
      dmarc: { value: { policy: 'none', rua: ['reports@b.com', 'x@c.com'], inherited: false } },
      dkim: {
        value: [
          { selector: 'k1', signer: 'Mailchimp', type: 'CNAME' },
          { selector: 'google', signer: 'Google Workspace', type: 'TXT' },
        ],
      },
      dkimSearch: 'usual names',
      mailFrom: { value: [{ name: 'mail.a.com', region: 'eu-west-1', spf: true }] },
      mtaSts: { status: 'absent' },
      tlsRpt: { status: 'present' },
      ses: { status: 'unknown', reason: 'no credentials' },
      zone: { status: 'unknown', reason: 'no token' },
    });
  });
  it('takes the names from the zone where that is the one which is served', async () => {
    const records: Records = { 'odd9._domainkey.a.com TXT': ['v=DKIM1; p=MII'] };
    const served = await readDomain('a.com', needs(records, { zone: async () => zone() }));
    expect(served).toMatchObject({
      dkimSearch: 'whole',
      dkim: { value: [{ selector: 'odd9' }] },
      mailFromSearch: 'whole',
    });
    const elsewhere = await readDomain(
      'a.com',
      needs(records, { zone: async () => zone({ nameServers: ['ns.other.com'] }) }),
    );
    expect(elsewhere).toMatchObject({ dkimSearch: 'usual names', dkim: { status: 'absent' } });
  });
  it('takes the values from the zone where its servers can’t be asked', async () => {
    const facts = await readDomain('a.com', needs({ '*': 'unknown' }, { zone: async () => zone() }));
    expect(facts).toMatchObject({ mx: { value: [{ host: 'mx.b.com' }] }, dkim: { value: [{ selector: 'odd9' }] } });
  });
  it('is unknown with the reason where nobody can be asked', async () => {
    const facts = await readDomain('a.com', needs({ '*': 'unknown' }));
    const parts = [
      facts.mx,
      facts.spf,
      facts.dmarc,
      facts.dkim,
      facts.mailFrom,
      facts.mtaSts,
      facts.tlsRpt,
      facts.clients,
    ];
    expect(new Set(parts.map((one) => JSON.stringify(one)))).toEqual(
      new Set([JSON.stringify({ status: 'unknown', reason: `${SERVER}: SERVFAIL` })]),
    );
  });
  it('of a domain whose servers can’t be asked is what public resolvers say of its own name, and of no other', async () => {
    const asked: string[] = [];
    const behind = dns(
      { 'a.com NS': [SERVER], 'a.com MX': ['10 mx.b.com'], 'a.com TXT': ['v=spf1 -all'] },
      { status: 'present', zone: 'a.com', servers: [] },
      asked,
    );
    const resolver: Resolver = {
      ...dns({ '*': 'unknown' }, { status: 'unknown', reason: 'no answer in 2 s' }),
      public: behind.public,
    };
    const facts = await readDomain('a.com', needs({}, { resolver }));
    expect(facts).toMatchObject({
      dns: { value: { zone: 'a.com', host: 'Cloudflare', unasked: 'no answer in 2 s' } },
      mx: { value: [{ host: 'mx.b.com' }] },
      spf: { value: { all: '-all' } },
      dmarc: { status: 'unknown' },
      dkim: { status: 'unknown' },
    });
    expect(asked.toSorted()).toEqual(['a.com MX', 'a.com NS', 'a.com TXT']);
  });
  it('is unknown on a machine that is cut off, whose resolver has nothing of anything', async () => {
    const resolver: Resolver = {
      ...dns({ '*': 'unknown' }, { status: 'unknown', reason: 'the public resolver does not even know com' }),
      public: dns({}).public,
    };
    const { dns: delegation, mx, spf } = await readDomain('a.com', needs({}, { resolver }));
    expect([delegation.status, mx.status, spf.status]).toEqual(['unknown', 'unknown', 'unknown']);
  });
  it('says that it knows only some where some names could not be asked', async () => {
    const records: Records = {
      'google._domainkey.a.com TXT': ['v=DKIM1; p=MII'],
      'k1._domainkey.a.com TXT': 'unknown',
    };
    expect(await readDomain('a.com', needs(records))).toMatchObject({
      dkim: { status: 'present' },
      dkimSearch: 'in part',
    });
  });
  it('does not take a wildcard for keys, and sees one that is revoked', async () => {
    const all = { '*': ['v=DKIM1; p=MII'] } as const;
    expect((await readDomain('a.com', needs(all))).dkim).toEqual({ status: 'absent' });
    const revoked = await readDomain('a.com', needs({ 's1._domainkey.a.com TXT': ['v=DKIM1; p='] }));
    expect(revoked.dkim).toMatchObject({ value: [{ selector: 's1', revoked: true }] });
  });
  it('follows a policy that is left to somebody by an alias, and never loops', async () => {
    const left = await readDomain(
      'a.com',
      needs({ '_dmarc.a.com TXT': { alias: 'a.dmarc.b.com' }, 'a.dmarc.b.com TXT': ['v=DMARC1; p=reject'] }),
    );
    expect(left.dmarc).toMatchObject({ value: { policy: 'reject', inherited: false } });
    const loop = await readDomain('a.com', needs({ '_dmarc.a.com TXT': { alias: '_dmarc.a.com' } }));
    expect(loop.dmarc).toMatchObject({ status: 'unknown' });
  });
  it('inherits the policy for sub-domains of the one above', async () => {
    const facts = await readDomain('news.a.com', needs({ '_dmarc.a.com TXT': ['v=DMARC1; p=reject; sp=none'] }));
    expect(facts.dmarc).toMatchObject({ value: { inherited: true, name: '_dmarc.a.com', policy: 'none' } });
    const blind = await readDomain(
      'news.a.com',
      needs({ '_dmarc.news.a.com TXT': 'unknown', '_dmarc.a.com TXT': ['v=DMARC1; p=reject'] }),
    );
    expect(blind.dmarc.status).toBe('unknown');
  });
  it('asks nothing about a domain that nobody delegates', async () => {
    const asked: string[] = [];
    const resolver = dns({}, { status: 'absent', zone: 'a.com' }, asked);
    const facts = await readDomain('a.com', needs({}, { resolver }));
    expect(facts).toMatchObject({
      dns: { status: 'absent' },
      mx: { status: 'unknown', reason: 'a.com is not delegated' },
    });
    expect(asked).toEqual([]);
  });
  it('shows an SPF record that can’t be parsed, and draws nothing from it', async () => {
    const facts = await readDomain('a.com', needs({ 'a.com TXT': ['v=spf1 includ:amazonses.com ~all'] }));
    expect(facts.spf).toMatchObject({
      value: {
        records: ['v=spf1 includ:amazonses.com ~all'],
        includes: [],
        ses: false,
        broken: expect.stringContaining('includ'),
      },
    });
  });
  it('stops for a bug, which is no property of the outside', async () => {
    const broken = needs({}, { ses: () => Promise.reject(new TypeError('bug')) });
    await expect(readDomain('a.com', broken)).rejects.toThrow('bug');
  });
});
