import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { DnsRecord } from '../dns.ts';
import { toBytes } from '../records/txt.ts';
import { RECORD_FORMATS, type RecordFormat } from './index.ts';

/** A value with everything that one form or another reads as its own. */
const TEMPLATE = ['$', '{x}; %{y}'].join('');
const ODD = `say "hi", ${TEMPLATE} é\\`;
const KEY = `v=DKIM1; k=rsa; p=${'A'.repeat(390)}`;
const RECORDS: readonly DnsRecord[] = [
  { name: 't._domainkey.a.test', type: 'CNAME', value: 't.dkim.amazonses.com', ttl: 3600 },
  { name: 'a.test', type: 'MX', value: 'mx1.b.test', preference: 10, ttl: 'auto' },
  { name: 'a.test', type: 'MX', value: 'mx2.b.test', preference: 20, ttl: 'auto' },
  { name: '_dmarc.a.test', type: 'TXT', value: 'v=DMARC1; p=none', ttl: 300 },
  { name: 'k._domainkey.a.test', type: 'TXT', value: KEY, ttl: 300 },
  { name: 'odd.a.test', type: 'TXT', value: toBytes(ODD), ttl: 300 },
];
const show = (format: RecordFormat, nameServers: readonly string[] = ['ns1.host.example']) =>
  RECORD_FORMATS[format]({ zone: 'a.test', nameServers, records: RECORDS });

describe('records for people and their tools', () => {
  it('as a table: relative names, values to copy', () => {
    expect(show('table')).toMatch(/_dmarc +TXT +300 +v=DMARC1; p=none\n/);
    expect(show('table')).toMatch(/@ +MX +300 +mx1\.b\.test {2}\(priority 10\)/);
  });

  it('as a zone file: absolute targets, strings of at most 255 bytes, escapes', () => {
    const lines = show('zone').split('\n');
    expect(lines[0]).toBe('$ORIGIN a.test.');
    expect(lines.find((line) => line.startsWith('t._domainkey'))).toMatch(/3600 IN CNAME t\.dkim\.amazonses\.com\.$/);
    const key = lines.find((line) => line.startsWith('k._domainkey')) ?? '';
    expect([...key.matchAll(/"([^"]*)"/g)].map(([, text = '']) => text.length)).toEqual([255, KEY.length - 255]);
    expect(lines.find((line) => line.startsWith('odd'))).toContain(`\\"hi\\", ${TEMPLATE} \\195\\169\\\\"`);
  });

  it('as CSV with every field quoted that has to be', () => {
    const rows = show('csv').trimEnd().split('\r\n');
    expect(rows[0]).toBe('zone,name,type,ttl,priority,value');
    expect(rows).toContain('a.test,@,MX,300,20,mx2.b.test');
    expect(rows.at(-1)).toBe(`a.test,odd,TXT,300,,"say ""hi"", ${TEMPLATE} é\\"`);
  });

  it('as JSON with text values', () => {
    const all = JSON.parse(show('json')) as { name: string; value: string }[];
    expect(all.find((one) => one.name === 'odd')?.value).toBe(ODD);
  });

  it('for dnscontrol: JavaScript that runs', () => {
    const calls: unknown[][] = [];
    const record =
      (type: string) =>
      (...args: unknown[]) => [type, ...args];
    const run = new Function('D_EXTEND', 'CNAME', 'MX', 'TXT', 'TTL', show('dnscontrol'));
    run(
      (zone: string, ...records: unknown[]) => calls.push([zone, ...records]),
      record('CNAME'),
      record('MX'),
      record('TXT'),
      (ttl: number) => ttl,
    );
    expect(calls[0]?.[0]).toBe('a.test');
    expect(calls[0]).toContainEqual(['MX', '@', 10, 'mx1.b.test.', 300]);
    expect(calls[0]).toContainEqual(['TXT', 'odd', ODD, 300]);
  });

  it('for octoDNS: YAML with sets, semicolons escaped', () => {
    const zone = parse(show('octodns')) as Record<string, { type: string; value?: unknown; values?: unknown[] }[]>;
    expect(zone['']?.[0]).toMatchObject({
      type: 'MX',
      values: [
        { exchange: 'mx1.b.test.', preference: 10 },
        { exchange: 'mx2.b.test.', preference: 20 },
      ],
    });
    expect(zone._dmarc?.[0]?.value).toBe('v=DMARC1\\; p=none');
  });

  it('for Terraform: of the provider that serves the zone, no template read into a value', () => {
    const cloudflare = show('terraform', ['ada.ns.cloudflare.com']);
    expect(cloudflare.match(/resource "cloudflare_dns_record"/g)).toHaveLength(RECORDS.length);
    expect(cloudflare).toContain(`$${TEMPLATE.replace('%', '%%')}`);
    expect(cloudflare).toContain('proxied = false');
    const route53 = show('terraform', ['ns-1.awsdns-00.com']);
    expect(route53.match(/resource "aws_route53_record"/g)).toHaveLength(RECORDS.length - 1);
    expect(route53).toContain('records = ["10 mx1.b.test.", "20 mx2.b.test."]');
    expect(route53).toContain('\\"\\"');
    expect(show('terraform')).toContain('locals {');
  });

  it.each(Object.keys(RECORD_FORMATS) as RecordFormat[])('%s bears nothing to say, and the null MX', (format) => {
    const nullMx: DnsRecord = { name: 'a.test', type: 'MX', value: '', preference: 0, ttl: 300 };
    const text = RECORD_FORMATS[format]({ zone: 'a.test', nameServers: [], records: [nullMx] });
    expect(text).not.toContain('undefined');
    expect(RECORD_FORMATS[format]({ zone: 'a.test', nameServers: [], records: [] })).toBeTypeOf('string');
  });
});
