import { expect, it } from 'vitest';
import { type Answer, foldAnswers } from '../../src/core/resolver.ts';
import { audit } from '../../src/domains/audit/audit.ts';
import { auditDomains } from '../../src/domains/audit/check.ts';
import { parseZone, zoneResolver } from '../zone-data.ts';

const NS = '@ NS ns1.host.example\n@ NS ns2.host.example\n';
const SES = 'amazonses.com. TXT v=spf1 ip4:199.255.192.0/22 -all\n';
const GOOGLE = '_spf.google.com. TXT v=spf1 ip4:35.190.247.0/24 ~all\n';

async function fixes(text: string, domain = 'own.test'): Promise<Record<string, string | undefined>> {
  const resolver = zoneResolver(parseZone(domain, NS + text));
  const [report] = await auditDomains(
    [domain],
    resolver,
    { allowPrivate: false, outside: {} },
    { run: '', now: () => 0 },
  );
  return Object.fromEntries(
    (report?.checks ?? [])
      .filter(({ status }) => status === 'failed')
      .map(({ id, name, fix }) => [`${id} ${name}`, fix]),
  );
}

it.each<[what: string, zone: string, check: string, fix: string]>([
  [
    'a misspelt SPF record',
    `@ TXT v=spf1 ipv4:8.8.8.8 incude:_spf.google.com -all\n${GOOGLE}`,
    'spf.syntax own.test',
    'Publish own.test TXT "v=spf1 ip4:8.8.8.8 include:_spf.google.com -all" in its place: that was probably meant.',
  ],
  [
    'an SPF record in quotes of its own',
    `@ TXT "v=spf1 include:_spf.google.com ~all"\n${GOOGLE}`,
    'spf.syntax own.test',
    'Publish own.test TXT "v=spf1 include:_spf.google.com ~all" in its place: that was probably meant.',
  ],
  [
    'several SPF records',
    `@ TXT v=spf1 mx ~all\n@ TXT v=spf1 include:_spf.google.com -all\n${GOOGLE}`,
    'spf.multiple own.test',
    'Publish own.test TXT "v=spf1 include:_spf.google.com mx ~all" and delete the others. Where the profile writes SPF here, `mailwright plan own.test --merge-several` shows the one, and `up` with it writes it.',
  ],
  [
    'several SPF records that are too dear together',
    `@ TXT v=spf1 ${'abcdef'.replace(/./g, ' a:$&.own.test')} -all\n@ TXT v=spf1 ${'ghijkl'.replace(/./g, ' a:$&.own.test')} -all`,
    'spf.multiple own.test',
    `Together they are "v=spf1${'abcdefghijkl'.replace(/./g, ' a:$&.own.test')} -all", which costs 12 look-ups: take out what no longer sends, publish the rest as one and delete the others. Where the profile writes SPF here, \`mailwright plan own.test --merge-several\` shows the one, and \`up\` with it writes it.`,
  ],
  [
    'a MAIL FROM without SES',
    `mail MX 10 feedback-smtp.us-east-1.amazonses.com\nmail TXT v=spf1 ?include:amazonses.com -all\n${SES}`,
    'mail-from.spf mail.own.test',
    'Publish mail.own.test TXT "v=spf1 include:amazonses.com -all" in its place.',
  ],
  [
    'a MAIL FROM whose hosts got the domain behind their names',
    `mail MX 10 feedback-smtp.us-east-1.amazonses.com.own.test\nmail TXT v=spf1 include:amazonses.com.own.test ~all\n${SES}`,
    'mail-from.spf mail.own.test',
    'Publish mail.own.test TXT "v=spf1 include:amazonses.com ~all" in its place.',
  ],
  [
    'its MX',
    'mail MX 10 feedback-smtp.us-east-1.amazonses.com.own.test',
    'mail-from.region mail.own.test',
    'Publish mail.own.test MX 10 feedback-smtp.us-east-1.amazonses.com, and no MX beside it.',
  ],
  [
    'a MAIL FROM that is an alias',
    'bounce CNAME feedback-smtp.eu-west-1.amazonses.com',
    'mail-from.alias bounce.own.test',
    'Remove the CNAME, then publish bounce.own.test MX 10 feedback-smtp.eu-west-1.amazonses.com and bounce.own.test TXT "v=spf1 include:amazonses.com ~all"; or take another name (--mail-from).',
  ],
  [
    'no SPF at a name that is an alias',
    '@ CNAME shop.host.example',
    'spf.none own.test',
    'own.test is an alias of shop.host.example, beside which no record can stand: give it its addresses instead. Publish own.test TXT "v=spf1 … ~all", with the includes or addresses of whoever sends with it; for a domain that never sends, "v=spf1 -all".',
  ],
  [
    'a broken policy that somebody else keeps',
    '_dmarc CNAME own.dmarc.example\nown.dmarc.example. TXT v=DMARC1 p=none',
    'dmarc.version _dmarc.own.test',
    'Publish own.dmarc.example TXT "v=DMARC1; p=none" in its place: that was probably meant.',
  ],
  [
    'an MX with a name of one label',
    '@ MX 10 mail',
    'mx.unresolvable mail',
    'Name the host with its whole name, such as mail.own.test, if that is where it is.',
  ],
  [
    'no DMARC',
    '@ TXT v=spf1 mx -all',
    'dmarc.none _dmarc.own.test',
    'Publish _dmarc.own.test TXT "v=DMARC1; p=none; rua=mailto:dmarc@own.test", with an address that somebody reads.',
  ],
  [
    'no DMARC where nothing is sent',
    '@ TXT v=spf1 -all',
    'dmarc.none _dmarc.own.test',
    'Publish _dmarc.own.test TXT "v=DMARC1; p=reject": its SPF record says that the domain sends nothing.',
  ],
  [
    'p=none where nothing is sent',
    '@ TXT v=spf1 -all\n_dmarc TXT v=DMARC1; p=none; rua=mailto:d@else.example',
    'dmarc.policy-none _dmarc.own.test',
    'Publish _dmarc.own.test TXT "v=DMARC1; p=reject; rua=mailto:d@else.example" in its place: its SPF record says that the domain sends nothing.',
  ],
  [
    'a share of the mail',
    '_dmarc TXT v=DMARC1; p=reject; pct=50; rf=afrf; rua=mailto:d@own.test',
    'dmarc.pct _dmarc.own.test',
    'Publish _dmarc.own.test TXT "v=DMARC1; p=reject; t=y; rua=mailto:d@own.test" in its place: t=y for as long as the policy is on trial, then without it.',
  ],
  [
    'names that do not exist, and tags that do nothing any more: one record mends both',
    '_dmarc TXT v=DMARC1; p=quarantine; sp=quarantine; pct=100; ri=86400; rua=mailto:d@own.test',
    'dmarc.np-missing _dmarc.own.test',
    'Publish _dmarc.own.test TXT "v=DMARC1; p=quarantine; sp=quarantine; np=reject; rua=mailto:d@own.test" in its place.',
  ],
  [
    'no report address',
    '_dmarc TXT v=DMARC1; p=none; pct=100;',
    'dmarc.reports-none _dmarc.own.test',
    'Publish _dmarc.own.test TXT "v=DMARC1; p=none; rua=mailto:dmarc@own.test;" in its place, with an address that somebody reads.',
  ],
  [
    'a misspelt TLS-RPT record',
    '_smtp._tls TXT v=TLSRPT1; rua=t@own.test',
    'tls-rpt.record _smtp._tls.own.test',
    'Publish _smtp._tls.own.test TXT "v=TLSRPTv1; rua=mailto:t@own.test" in its place: that was probably meant.',
  ],
  [
    'DMARC at the domain twice',
    '_dmarc.own.test TXT v=DMARC1; p=reject',
    'dmarc.none _dmarc.own.test',
    'Publish _dmarc.own.test TXT "v=DMARC1; p=reject": enter the name as _dmarc, the DNS host adds own.test by itself.',
  ],
  [
    'DMARC at the domain',
    '@ TXT v=DMARC1; p=none',
    'dmarc.apex own.test',
    'Publish _dmarc.own.test TXT "v=DMARC1; p=none", and remove it from own.test.',
  ],
  [
    'a policy in quotes',
    '_dmarc TXT "v=DMARC1\\; p=none"',
    'dmarc.quoted _dmarc.own.test',
    'Publish _dmarc.own.test TXT "v=DMARC1; p=none" in its place: that was probably meant.',
  ],
  [
    'a policy without semicolons',
    '_dmarc TXT v=DMARC1 p=reject rua=mailto:d@own.test,mailto:e@own.test',
    'dmarc.version _dmarc.own.test',
    'Publish _dmarc.own.test TXT "v=DMARC1; p=reject; rua=mailto:d@own.test,mailto:e@own.test" in its place: that was probably meant.',
  ],
  [
    'several DMARC records',
    '_dmarc TXT v=DMARC1; p=none; rua=mailto:a@own.test\n_dmarc TXT v=DMARC1; p=quarantine; rua=mailto:b@own.test',
    'dmarc.multiple _dmarc.own.test',
    'Keep the right one and delete the others. All of them together say "v=DMARC1; p=quarantine; rua=mailto:b@own.test,mailto:a@own.test", as `mailwright plan own.test --merge-several` shows it.',
  ],
  [
    'an MX that is an alias of an alias',
    '@ MX 10 mx.own.test\nmx CNAME one.own.test\none CNAME two.own.test\ntwo A 8.8.8.8',
    'mx.alias mx.own.test',
    'Publish own.test MX 10 two.own.test in its place: the host that the alias leads to.',
  ],
])('the fix of %s is the record, with its full name', async (_what, zone, check, fix) => {
  expect((await fixes(zone))[check]).toBe(fix);
});

it('of the two keys of Microsoft 365 one is not there before the first change: its alias is to stay', async () => {
  const own = 'selector2-own-test._domainkey.own.onmicrosoft.com';
  const zone = `selector1._domainkey TXT v=DKIM1; p=AAAA\nselector2._domainkey CNAME ${own}\n`;
  const found = await fixes(zone);
  expect(found['dkim.dangling selector2._domainkey.own.test']).toBe(
    'Leave it: Microsoft 365 makes this key when it moves on to it, and needs the alias then.',
  );
  const alone = await fixes(`selector2._domainkey CNAME ${own}\n`);
  expect(alone['dkim.dangling selector2._domainkey.own.test']).toMatch(/^Ask the service/);
});

it('servers of which each has one SPF record have not several', async () => {
  const zone = zoneResolver(parseZone('own.test', NS));
  const answers = (name: string, type: string): readonly [string, string] | undefined =>
    name !== 'own.test'
      ? undefined
      : type === 'SOA'
        ? ['ns1 h 7 1 1 1 1', 'ns1 h 6 1 1 1 1']
        : type === 'TXT'
          ? ['v=spf1 mx ~all', 'v=spf1 -all']
          : undefined;
  const resolver = {
    ...zone,
    authoritative: async (question: Parameters<typeof zone.authoritative>[0]): Promise<Answer> => {
      const two = answers(question.name, question.type);
      if (!two) return zone.authoritative(question);
      return foldAnswers(two.map((value, at) => ({ by: `ns${at + 1}`, status: 'present' as const, values: [value] })));
    },
  };
  const { checks } = await audit({ domain: 'own.test', selectors: [], mailFrom: [] }, { resolver });
  const found = checks.map(({ id, status, seen: [first] }) => `${id} ${status} ${first?.value}`);
  expect(found).toContain('spf.none ok v=spf1 mx ~all');
  expect(found).toContain('ns.answers-differ failed TXT: ns1: v=spf1 mx ~all; ns2: v=spf1 -all');
  expect(found.join()).not.toContain('spf.multiple');
});
