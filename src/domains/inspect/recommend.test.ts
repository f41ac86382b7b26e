import { describe, expect, it } from 'vitest';
import type { DomainFacts } from '../../core/inspection.ts';
import { compareDomains } from './compare.ts';
import { ESTATE, facts, sesRegion } from './facts.fixture.ts';
import { recommend } from './recommend.ts';

const recommended = (...all: DomainFacts[]) => recommend(all, compareDomains(all));
const ids = (...all: DomainFacts[]) => recommended(...all).map((one) => one.id);
const present = <T>(value: T) => ({ status: 'present' as const, value });
const good = { tlsRpt: present('v=TLSRPTv1; rua=mailto:a@b.c'), mtaSts: present('v=STSv1; id=1') };
const dmarc = (more: object) => {
  const { dmarc } = facts('a.com');
  return dmarc.status === 'present' ? present({ ...dmarc.value, ...more }) : dmarc;
};
const spf = (more: object) => {
  const { spf } = facts('a.com');
  return spf.status === 'present' ? present({ ...spf.value, ...more }) : spf;
};
const ses = (more: object, verified = true) =>
  present({ account: '1', regions: [{ ...sesRegion('a.com', 'us-east-1', more), verified }] });

describe('recommendations', () => {
  it('are none for a domain that has all', () => expect(ids(facts('a.com', good))).toEqual([]));
  it('are given once for all the domains that they are for', () => {
    expect(recommended(...ESTATE.map((domain) => facts(domain)))).toMatchObject([
      { id: 'tls-rpt.missing', severity: 'advice', domains: ESTATE },
    ]);
  });
  it.each([
    ['dns.not-delegated', { dns: { status: 'absent' } }],
    ['dmarc.missing', { dmarc: { status: 'absent' } }],
    ['dmarc.multiple', { dmarc: dmarc({ records: ['a', 'b'] }) }],
    ['dmarc.no-reports', { dmarc: dmarc({ rua: [] }) }],
    ['dmarc.none', { dmarc: dmarc({ policy: 'none' }) }],
    ['dmarc.report-host', { dmarc: dmarc({ rua: ['dmarc@a.com'] }), mx: { status: 'absent' } }],
    ['spf.missing', { spf: { status: 'absent' } }],
    ['spf.multiple', { spf: spf({ records: ['v=spf1 -all', 'v=spf1 ~all'] }) }],
    ['spf.broken', { spf: spf({ all: '', broken: 'SPF: the term "includ:x" is unknown.' }) }],
    ['spf.open', { spf: spf({ all: '+all' }) }],
    ['spf.open-end', { spf: spf({ all: '' }) }],
    ['dkim.missing', { dkim: { status: 'absent' } }],
    ['mta-sts.missing', { mtaSts: { status: 'absent' } }],
    ['mail-from.spf', { mailFrom: present([{ name: 'mail.a.com', region: 'us-east-1', spf: false }]) }],
    ['ses.unverified', { ses: ses({}, false) }],
    [
      'ses.dkim',
      { ses: ses({ dkim: { status: 'FAILED', method: 'easy', tokens: ['t1', 't2', 't3'], signing: true } }) },
    ],
    [
      'ses.not-signing',
      { ses: ses({ dkim: { status: 'SUCCESS', method: 'easy', tokens: ['t1', 't2', 't3'], signing: false } }) },
    ],
    ['ses.no-mail-from', { ses: ses({ mailFrom: undefined }) }],
    [
      'ses.mail-from',
      { ses: ses({ mailFrom: { name: 'mail.a.com', status: 'FAILED', onMxFailure: 'USE_DEFAULT_VALUE' } }) },
    ],
    ['ses.leftover-records', { ses: { status: 'absent' } }],
  ] as const)('%s', (id, more) => {
    expect(ids(facts('a.com', { ...good, ...(more as Partial<DomainFacts>) }))).toEqual([id]);
  });
  it('are not drawn from what could not be seen', () => {
    const unknown = { status: 'unknown', reason: '?' } as const;
    const parts = ['dns', 'mx', 'spf', 'dkim', 'dmarc', 'mailFrom', 'mtaSts', 'tlsRpt', 'clients', 'ses'];
    expect(ids(facts('a.com', Object.fromEntries(parts.map((part) => [part, unknown]))))).toEqual([]);
    // Where only usual names were asked, that none has a key says nothing.
    expect(ids(facts('a.com', { ...good, dkim: { status: 'absent' }, dkimSearch: 'usual names' }))).toEqual([]);
  });
  it('bring the odd one to the others, where most are alike', () => {
    const odd = facts('odd.com', { mx: present([{ host: 'mx.else.org', preference: 10 }]) });
    expect(recommended(odd, ...ESTATE.map((domain) => facts(domain)))).toContainEqual(
      expect.objectContaining({
        id: 'align.mx',
        domains: ['odd.com'],
        what: 'MX: 10 mx.else.org, where 3 others have 10 mxwest.xisx.org, 20 mxeast.xisx.org',
      }),
    );
    expect(ids(odd, facts('a.com'))).not.toContain('align.mx');
  });
  it('come worst first', () => {
    const severities = recommended(facts('a.com', { dmarc: { status: 'absent' }, spf: { status: 'absent' } })).map(
      (one) => one.severity,
    );
    expect(severities).toEqual(['error', 'warning', 'advice']);
  });
});
