import { describe, expect, it } from 'vitest';
import type { DnsRecord, LiveRecord } from '../dns.ts';
import { findSlip } from './slips.ts';

const ZONE = 'example.com';
const CNAME: DnsRecord = {
  name: 'tok._domainkey.example.com',
  type: 'CNAME',
  value: 'tok.dkim.amazonses.com',
  ttl: 300,
};
const TXT: DnsRecord = {
  name: '_dmarc.example.com',
  type: 'TXT',
  value: 'v=DMARC1; p=none; rua=mailto:d@example.com',
  ttl: 300,
};
const KEY: DnsRecord = {
  name: 's._domainkey.example.com',
  type: 'TXT',
  value: `v=DKIM1; k=rsa; p=${'A'.repeat(390)}`,
  ttl: 300,
};
const MX: DnsRecord = {
  name: 'mail.example.com',
  type: 'MX',
  value: 'feedback-smtp.us-east-1.amazonses.com',
  preference: 10,
  ttl: 300,
};
const live = (record: Partial<LiveRecord>, like: DnsRecord): LiveRecord => ({ ...like, ...record });

describe('what a person makes of a record', () => {
  it.each([
    ['the domain doubled', CNAME, live({ name: `${CNAME.name}.${ZONE}` }, CNAME), 'doubled', 'tok._domainkey'],
    [
      'a target without its last dot',
      CNAME,
      live({ value: `${CNAME.value}.${ZONE}` }, CNAME),
      'target',
      `${CNAME.value}.`,
    ],
    ['an MX target without its last dot', MX, live({ value: `${MX.value}.${ZONE}` }, MX), 'target', 'amazonses.com.'],
    ['quotation marks inside', TXT, live({ value: `"${TXT.value}"` }, TXT), 'quotes', 'without quotation marks'],
    [
      'typographic quotation marks',
      TXT,
      live({ value: '\u00e2\u0080\u009cv=DMARC1; p=none; rua=mailto:d@example.com\u00e2\u0080\u009d' }, TXT),
      'quotes',
      'without',
    ],
    ['a proxied CNAME', CNAME, live({ type: 'A', value: '104.21.3.4' }, CNAME), 'proxied', 'DNS only'],
    ['a CNAME entered as TXT', CNAME, live({ type: 'TXT' }, CNAME), 'type', 'Delete the TXT'],
    ['a key cut off', KEY, live({ value: KEY.value.slice(0, 255) }, KEY), 'cut', 'several quoted strings'],
    ['another preference', MX, live({ preference: 0 }, MX), 'preference', '10'],
  ] as const)('%s is named', (_title, want, record, kind, fix) => {
    const slip = findSlip(want, [record], ZONE);
    expect(slip?.kind).toBe(kind);
    expect(slip?.fix).toContain(fix);
  });

  it.each([
    ['the right record', CNAME, [live({}, CNAME)]],
    ['nothing', CNAME, []],
    ['a value of somebody else', TXT, [live({ value: 'v=DMARC1; p=reject' }, TXT)]],
    ['another alias', CNAME, [live({ value: 'elsewhere.example.net' }, CNAME)]],
    [
      'an address where a host may be meant',
      { ...CNAME, name: 'autodiscover.example.com' },
      [live({ name: 'autodiscover.example.com', type: 'A', value: '192.0.2.1' }, CNAME)],
    ],
    ['the right record beside a wrong one', TXT, [live({}, TXT), live({ value: `"${TXT.value}"` }, TXT)]],
  ] as const)('%s is no mistake', (_title, want, records) => {
    expect(findSlip(want, records, ZONE)).toBeUndefined();
  });
});
