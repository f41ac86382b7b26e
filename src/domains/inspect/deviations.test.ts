import { describe, expect, it } from 'vitest';
import { deviationStatus } from '../../core/inspection.ts';
import { compareDomains } from './compare.ts';
import { deviationsOf } from './deviations.ts';
import { ESTATE, facts, sesRegion, withoutCredentials } from './facts.fixture.ts';

const { pattern } = compareDomains(ESTATE.map((domain) => facts(domain)));
const found = (more: Parameters<typeof facts>[1]) =>
  deviationsOf(facts('new.com', more), pattern).map(({ aspect, severity, missing, extra }) => ({
    aspect,
    severity,
    missing,
    extra,
  }));

describe('a domain against the pattern of others', () => {
  it('does not deviate where it is like them', () => {
    expect(found({})).toEqual([]);
    expect(deviationStatus([])).toEqual({ status: 'done', exit: 0 });
    expect(deviationStatus([], ['a system'])).toEqual({ status: 'pending', exit: 3 });
  });
  it('fails where it lacks what mail depends on', () => {
    expect(found({ mx: { status: 'present', value: [{ host: 'mxwest.xisx.org', preference: 10 }] } })).toEqual([
      { aspect: 'mx', severity: 'error', missing: ['20 mxeast.xisx.org'], extra: [] },
    ]);
    const regions = [sesRegion('new.com', 'us-east-1')];
    const east = found({ ses: { status: 'present', value: { account: '1', regions } } });
    expect(east).toContainEqual({ aspect: 'ses.regions', severity: 'error', missing: ['us-west-2'], extra: [] });
    expect(deviationStatus(east)).toEqual({ status: 'failed', exit: 1 });
  });
  it('is warned of lesser things, and of what it has beyond them', () => {
    const lesser = found({ clients: { status: 'absent' } });
    expect(lesser).toMatchObject([{ aspect: 'clients', severity: 'warning' }]);
    expect(deviationStatus(lesser)).toEqual({ status: 'pending', exit: 3 });
    expect(found({ tlsRpt: { status: 'present', value: 'v=TLSRPTv1; rua=mailto:tls@new.com' } })).toEqual([
      { aspect: 'tlsRpt', severity: 'warning', missing: [], extra: ['mailto:tls@<domain>'] },
    ]);
  });
  it('is only warned of a stricter DMARC policy, and fails with a weaker one', () => {
    const policy = (name: 'none' | 'reject') => {
      const { dmarc } = facts('new.com');
      if (dmarc.status !== 'present') throw new Error('the fixture has one');
      return found({ dmarc: { ...dmarc, value: { ...dmarc.value, policy: name } } }).map((one) => one.severity);
    };
    expect(policy('reject')).toEqual(['warning']);
    expect(policy('none')).toEqual(['error']);
  });
  it('is warned of SPF terms in another order, which mean something else', () => {
    const { spf } = facts('new.com');
    if (spf.status !== 'present') throw new Error('the fixture has one');
    const value = { ...spf.value, records: ['v=spf1 ~all include:amazonses.com'] };
    expect(found({ spf: { status: 'present', value } })).toEqual([
      { aspect: 'spf', severity: 'warning', missing: [], extra: [] },
    ]);
  });
  it('never lacks what could not be seen', () => {
    const unseen = deviationsOf(withoutCredentials('new.com'), pattern);
    expect(new Set(unseen.map((one) => one.severity))).toEqual(new Set(['unknown']));
    expect(unseen.map((one) => one.aspect)).toContain('dkim.signers');
    expect(unseen.find((one) => one.aspect === 'ses.tenant')?.why).toBe('no credentials');
    expect(deviationStatus(unseen)).toEqual({ status: 'pending', exit: 3 });
  });
  it('has nothing too much beside a pattern that was seen in part', () => {
    const { pattern: part } = compareDomains(ESTATE.map((domain) => withoutCredentials(domain)));
    expect(deviationsOf(facts('new.com'), part)).toEqual([]);
  });
});
