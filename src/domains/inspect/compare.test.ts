import { describe, expect, it } from 'vitest';
import { relative } from './aspects.ts';
import { compareDomains } from './compare.ts';
import { ESTATE, facts, sesRegion, withoutCredentials } from './facts.fixture.ts';

describe('a domain’s own name in a value', () => {
  it.each([
    ['mail.a.com', 'mail.<domain>'],
    ['dmarc@a.com', 'dmarc@<domain>'],
    ['rua=mailto:d@A.com; p=none', 'rua=mailto:d@<domain>; p=none'],
    ['no zone for a.com.', 'no zone for <domain>.'],
    ['xa.com', 'xa.com'],
    ['a.com.evil.org', 'a.com.evil.org'],
    ['a-com', 'a-com'],
  ])('%s', (text, expected) => expect(relative(text, 'a.com')).toBe(expected));
});

describe('what domains have alike', () => {
  it('is all of it, for domains that are alike', () => {
    const { pattern, differences } = compareDomains(ESTATE.map((domain) => facts(domain)));
    expect(differences).toEqual([]);
    expect(Object.fromEntries(pattern.map((one) => [one.aspect, one.values]))).toEqual({
      'dns.host': ['Cloudflare'],
      'dns.zone': ['its own'],
      mx: ['10 mxwest.xisx.org', '20 mxeast.xisx.org'],
      spf: ['include:amazonses.com', '~all'],
      'dkim.signers': ['Amazon SES', 'own key (dkim)'],
      'dmarc.policy': ['quarantine'],
      'dmarc.rua': ['dmarc@xisx.org'],
      'dmarc.ruf': [],
      mailFrom: ['mail-us-west-2.<domain> (us-west-2)', 'mail.<domain> (us-east-1)'],
      'ses.regions': ['us-east-1', 'us-west-2'],
      'ses.dkim': ['replicated from us-east-1'],
      'ses.tenant': ['xisx'],
      'ses.configurationSet': ['xisx'],
      'ses.onMxFailure': ['USE_DEFAULT_VALUE'],
      clients: ['autoconfig.<domain> → mooker.xisx.org', 'autodiscover.<domain> → mooker.xisx.org'],
      mtaSts: [],
      tlsRpt: [],
    });
  });
  it('names where they differ, by value, the larger group first', () => {
    const odd = facts('odd.com', { mx: { status: 'absent' } });
    const { pattern, differences } = compareDomains([odd, ...ESTATE.map((domain) => facts(domain))]);
    expect(differences).toEqual([
      {
        aspect: 'mx',
        title: 'MX',
        groups: [
          { values: ['10 mxwest.xisx.org', '20 mxeast.xisx.org'], domains: ESTATE },
          { values: [], domains: ['odd.com'] },
        ],
        unknown: [],
      },
    ]);
    expect(pattern).toHaveLength(16);
  });
  it('is not contradicted by what could not be seen', () => {
    const blind = facts('blind.com', { mx: { status: 'unknown', reason: 'no answer' } });
    const { pattern, differences } = compareDomains([facts('a.com'), blind]);
    expect(differences).toEqual([]);
    expect(pattern.find((one) => one.aspect === 'mx')).toMatchObject({ domains: ['a.com'], unknown: ['blind.com'] });
  });
  it('is not told of what nobody could see', () => {
    const { pattern } = compareDomains(ESTATE.map((domain) => withoutCredentials(domain)));
    expect(pattern.filter((one) => one.aspect.startsWith('ses.'))).toEqual([]);
  });
  it('is not contradicted by guesses that found less, but by those that found something else', () => {
    const signers = (all: Parameters<typeof compareDomains>[0]) => {
      const { pattern, differences } = compareDomains(all);
      return [...pattern, ...differences].find((one) => one.aspect === 'dkim.signers');
    };
    expect(signers([facts('a.com'), withoutCredentials('b.com')])).toMatchObject({
      values: ['Amazon SES', 'own key (dkim)'],
      partial: false,
      domains: ['a.com'],
      unknown: ['b.com'],
    });
    expect(signers([withoutCredentials('b.com'), withoutCredentials('c.com')])).toMatchObject({
      values: ['own key (dkim)'],
      partial: true,
    });
    const google = { selector: 'google', signer: 'Google Workspace', type: 'TXT' as const, value: '', revoked: false };
    const other = withoutCredentials('d.com', { dkim: { status: 'present', value: [google] } });
    expect(signers([facts('a.com'), other])).toMatchObject({
      groups: [{ domains: ['a.com'] }, { domains: ['d.com'] }],
    });
  });
  it('says of regions that have different tenants which has which', () => {
    const regions = [
      sesRegion('a.com', 'us-east-1'),
      sesRegion('a.com', 'us-west-2', { tenants: { status: 'present', value: ['other'] } }),
    ];
    const one = facts('a.com', { ses: { status: 'present', value: { account: '1', regions } } });
    const { pattern } = compareDomains([one]);
    expect(pattern.find((each) => each.aspect === 'ses.tenant')?.values).toEqual([
      'other (us-west-2)',
      'xisx (us-east-1)',
    ]);
  });
  it('does not know the tenant of an identity whose associations could not be read', () => {
    const regions = [sesRegion('a.com', 'us-east-1', { tenants: { status: 'unknown', reason: 'denied' } })];
    const one = facts('a.com', { ses: { status: 'present', value: { account: '1', regions } } });
    expect(compareDomains([one]).pattern.find((each) => each.aspect === 'ses.tenant')).toBeUndefined();
  });
});
