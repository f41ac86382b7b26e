import { describe, expect, it } from 'vitest';
import type { DomainFacts } from '../../core/inspection.ts';
import { parseProfile } from '../../core/profile/parse-profile.ts';
import { ESTATE, facts, sesRegion, withoutCredentials } from './facts.fixture.ts';
import { inferProfile } from './infer-profile.ts';

const PROVIDERS = ['cloudflare'];
const infer = (...all: DomainFacts[]) => inferProfile(all, PROVIDERS);
const ses = (domain: string, ...regions: ReturnType<typeof sesRegion>[]) =>
  facts(domain, { ses: { status: 'present', value: { account: '111122223333', regions } } });

describe('the profile of domains that are alike', () => {
  it('says what a new one like them needs', () => {
    expect(infer(...ESTATE.map((domain) => facts(domain)))).toEqual({
      profile: {
        mailFrom: 'mail',
        dmarc: { policy: 'quarantine', rua: ['dmarc@xisx.org'] },
        spf: { root: 'merge' },
        ses: {
          account: '111122223333',
          regions: ['us-east-1', 'us-west-2'],
          tenant: 'xisx',
          configurationSet: 'xisx',
          dkim: 'replicated',
          mailFrom: 'per-region',
          onMxFailure: 'USE_DEFAULT_VALUE',
        },
        mx: ['mxwest.xisx.org:10', 'mxeast.xisx.org:20'],
        mailHost: 'mooker.xisx.org',
        dns: { provider: 'cloudflare' },
      },
      notes: [],
    });
  });
  it('can be read as a profile, whatever was seen', () => {
    const nothing = { status: 'absent' } as const;
    const unknown = { status: 'unknown', reason: '?' } as const;
    const parts = ['dns', 'mx', 'spf', 'dkim', 'dmarc', 'mailFrom', 'clients', 'ses'] as const;
    for (const look of [nothing, unknown])
      for (const part of parts)
        expect(() => parseProfile(infer(facts('a.com', { [part]: look })).profile, part)).not.toThrow();
    expect(infer(facts('a.com', Object.fromEntries(parts.map((part) => [part, unknown])))).profile).toEqual({});
  });
  it('begins with the region that the others take their keys from', () => {
    const west = sesRegion('a.com', 'us-west-2', {
      dkim: { status: 'SUCCESS', method: 'easy', tokens: [], signing: true },
    });
    const east = sesRegion('a.com', 'us-east-1', {
      dkim: { status: 'SUCCESS', method: 'replica', parent: 'us-west-2', tokens: [], signing: true },
    });
    expect(infer(ses('a.com', east, west)).profile.ses).toMatchObject({ regions: ['us-west-2', 'us-east-1'] });
  });
  it('holds nothing that differs, and says so', () => {
    const odd = facts('odd.com', { mx: { status: 'absent' } });
    const { profile, notes } = infer(facts('a.com'), odd);
    expect(profile).not.toHaveProperty('mx');
    expect(notes).toEqual(['MX differs: 10 mxwest.xisx.org, 20 mxeast.xisx.org (a.com); nothing (odd.com)']);
  });
  it('from DNS alone has the regions of the MAIL FROM names, and says what is not known', () => {
    const { profile, notes } = infer(...ESTATE.map((domain) => withoutCredentials(domain)));
    expect(profile).toMatchObject({
      mailFrom: 'mail',
      ses: { regions: ['us-east-1', 'us-west-2'], mailFrom: 'per-region' },
      mx: ['mxwest.xisx.org:10', 'mxeast.xisx.org:20'],
    });
    expect(notes).toEqual([expect.stringMatching(/SES could not be read.*tenant/)]);
  });
  it('does not take names that were not found for none', () => {
    const { profile } = infer(withoutCredentials('a.com', { mailFrom: { status: 'absent' } }));
    expect(profile).not.toHaveProperty('ses');
    expect(infer(ses('b.com', sesRegion('b.com', 'us-east-1', { mailFrom: undefined }))).profile.ses).toMatchObject({
      mailFrom: 'none',
    });
  });
});

describe('MAIL FROM names', () => {
  const named = (east: string, west: string) =>
    infer(
      ses(
        'a.com',
        sesRegion('a.com', 'us-east-1', {
          mailFrom: { name: east, status: 'SUCCESS', onMxFailure: 'USE_DEFAULT_VALUE' },
        }),
        sesRegion('a.com', 'us-west-2', {
          mailFrom: { name: west, status: 'SUCCESS', onMxFailure: 'USE_DEFAULT_VALUE' },
        }),
      ),
    );
  it('that are one for all regions', () => {
    expect(named('bounce.a.com', 'bounce.a.com').profile).toMatchObject({
      mailFrom: 'bounce',
      ses: { mailFrom: 'shared' },
    });
  });
  it('that no profile makes are told, not bent', () => {
    const { profile, notes } = named('mailwest.a.com', 'maileast.a.com');
    expect(profile).not.toHaveProperty('mailFrom');
    expect(notes).toEqual([expect.stringMatching(/mailwest\.<domain> \(us-east-1\), maileast\.<domain>/)]);
  });
});

describe('what a profile can’t say', () => {
  it.each([
    [
      'SPF terms besides includes',
      facts('a.com', {
        spf: {
          status: 'present',
          value: { records: ['v=spf1 mx include:amazonses.com -all'], includes: [], ses: true, all: '-all' },
        },
      }),
      /SPF has mx -all besides/,
    ],
    [
      'an MX host that has the domain in it',
      facts('a.com', { mx: { status: 'present', value: [{ host: 'mx.a.com', preference: 10 }] } }),
      /mx\.<domain> is another for each domain/,
    ],
    [
      'a DNS host that can’t be written',
      facts('a.com', {
        dns: { status: 'present', value: { zone: 'a.com', servers: ['curitiba.ns.porkbun.com'], host: 'Porkbun' } },
      }),
      /the zones are at Porkbun/,
    ],
    [
      'a key of one’s own',
      ses(
        'a.com',
        sesRegion('a.com', 'us-east-1', { dkim: { status: 'SUCCESS', method: 'own', tokens: ['s'], signing: true } }),
      ),
      /dkim\.keyFile/,
    ],
  ] as const)('is noted: %s', (_what, one, note) => {
    const { profile, notes } = infer(one);
    expect(notes).toContainEqual(expect.stringMatching(note));
    expect(() => parseProfile(profile, 'p')).not.toThrow();
  });
});
