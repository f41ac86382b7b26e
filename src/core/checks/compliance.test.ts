import { describe, expect, it } from 'vitest';
import { type Check, type CheckId, check } from './check.ts';
import { compliance } from './compliance.ts';
import { finding } from './finding.ts';

const DOMAIN = 'a.test';
const [EAST, WEST] = ['us-east-1', 'us-west-2'];

function ses(id: CheckId, region: string, status: Check['status'], name = DOMAIN): Check {
  return check(id, { system: 'ses', region, name, status, expected: '', seen: [] });
}
function dns(id: CheckId, status: Check['status'], name = DOMAIN): Check {
  return check(id, { system: 'dns', name, status, expected: '', seen: [] });
}
function statusOf(what: string, checks: readonly Check[]): string | undefined {
  return compliance(checks).find((one) => one.what.startsWith(what))?.status;
}

describe('From is aligned', () => {
  const aligned = (...checks: Check[]) => statusOf('From is aligned', checks);
  const key = dns('dkim.cname', 'ok', 'k._domainkey.a.test');
  const spf = dns('mail-from.spf', 'ok', 'mail.a.test');
  const mailFrom = (status: Check['status'], region = EAST) => ses('ses.mail-from', region, status, 'mail.a.test');

  it('by DKIM where SES signs and receivers find the key, and not by the key alone', () => {
    expect(aligned(ses('ses.dkim', EAST, 'ok'), key)).toBe('ok');
    expect(aligned(ses('ses.dkim', EAST, 'failed'), key)).toBe('failed');
    expect(aligned(ses('ses.dkim', EAST, 'pending'), key)).toBe('pending');
    expect(aligned(ses('ses.dkim', EAST, 'ok'), { ...key, status: 'failed' })).toBe('failed');
    expect(aligned(dns('dkim.missing', 'ok', 's._domainkey.a.test'))).toBe('ok');
    expect(aligned()).toBe('unseen');
  });

  it('in every region', () => {
    expect(aligned(ses('ses.dkim', EAST, 'ok'), ses('ses.dkim', WEST, 'failed'), key)).toBe('failed');
    expect(aligned(ses('ses.dkim', EAST, 'ok'), ses('ses.dkim', WEST, 'ok'), key)).toBe('ok');
  });

  it('as far as every region can be read', () => {
    const checks = [
      ses('ses.dkim', EAST, 'ok'),
      ses('ses.identity', EAST, 'ok'),
      ses('ses.identity', WEST, 'unknown'),
      key,
    ];
    expect(aligned(...checks)).toBe('unknown');
    expect(statusOf('DKIM signs', checks)).toBe('unknown');
  });

  it('by SPF where SES accepts the MAIL FROM and alignment is relaxed', () => {
    const unsigned = [ses('ses.dkim', EAST, 'failed'), spf];
    expect(aligned(...unsigned, mailFrom('ok'))).toBe('ok');
    expect(aligned(...unsigned, mailFrom('failed'))).toBe('failed');
    expect(aligned(...unsigned, mailFrom('ok', WEST), ses('ses.dkim', WEST, 'ok'))).toBe('failed');
    expect(aligned(...unsigned, mailFrom('ok'), finding('dmarc.strict', 'aspf=s: MAIL FROM …'))).toBe('failed');
    expect(aligned(...unsigned, mailFrom('ok'), finding('dmarc.strict', 'adkim=s'))).toBe('ok');
    expect(aligned(ses('ses.dkim', EAST, 'ok'), { ...spf, status: 'failed' }, mailFrom('failed'))).toBe('ok');
  });
});

it('a policy is there also beside a copy at the wrong place', () => {
  const apex = finding('dmarc.apex', 'x', { name: DOMAIN });
  expect(statusOf('a DMARC policy', [dns('dmarc.none', 'ok'), apex])).toBe('ok');
  expect(statusOf('a DMARC policy', [apex])).toBe('failed');
});

it('SPF does not pass where receivers stop at names that are not there', () => {
  expect(statusOf('SPF passes', [dns('spf.lookups', 'ok'), finding('spf.void', 'x')])).toBe('failed');
  expect(statusOf('SPF passes', [dns('spf.lookups', 'ok'), finding('spf.void', 'x', { severity: 'warning' })])).toBe(
    'ok',
  );
});

it('a key of old that leads nowhere is no signature', () => {
  const old = finding('dkim.dangling', 'x', { name: 'k1._domainkey.a.test', severity: 'warning' });
  expect(statusOf('DKIM signs', [old])).toBe('unseen');
  expect(statusOf('DKIM signs', [old, ses('ses.dkim', EAST, 'ok')])).toBe('ok');
});
