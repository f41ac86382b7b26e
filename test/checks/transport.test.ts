import { expect, it } from 'vitest';
import { checkTransport } from '../../src/core/checks/audit/check-transport.ts';
import { parseZone, seeZone } from '../zone-data.ts';

/** What fails of MTA-STS, TLS reports and BIMI at a domain. */
function found(domain: string, text: string): string[] {
  const checks = checkTransport({ domain, selectors: [], mailFrom: [] }, seeZone(parseZone('own.test', text)));
  return checks.filter(({ status }) => status === 'failed').map(({ id, name }) => `${id} ${name}`);
}

it.each([
  ['quarantine; pct=50', true],
  ['quarantine; pct=100; np=reject', false],
  ['reject; pct=50', false],
  ['reject; sp=none', true],
  ['reject; sp=no; rua=mailto:d@own.test', true],
  ['reject; t=y', true],
  ['reject', false],
])('a logo under the policy %s', (policy, isFailed) => {
  const logo = 'default._bimi TXT v=BIMI1; l=https://own.test/l.svg; a=https://own.test/l.pem';
  expect(found('own.test', `_dmarc TXT v=DMARC1; p=${policy}\n${logo}`)).toEqual(
    isFailed ? ['bimi.dmarc _dmarc.own.test'] : [],
  );
});

it('a logo of a sub-domain needs the policy of its organisation, too', () => {
  const logo = 'default._bimi.news TXT v=BIMI1; l=https://own.test/l.svg; a=https://own.test/l.pem';
  const own = `_dmarc.news TXT v=DMARC1; p=reject\n${logo}`;
  expect(found('news.own.test', `${own}\n_dmarc TXT v=DMARC1; p=none`)).toEqual(['bimi.dmarc _dmarc.own.test']);
  expect(found('news.own.test', `${own}\n_dmarc TXT v=DMARC1; p=quarantine`)).toEqual([]);
  expect(found('news.own.test', own)).toEqual([]);
});

it('the host of a policy whose record repeats its id is looked for', () => {
  const text = '_mta-sts TXT v=STSv1; id=1; id=2\n_smtp._tls TXT v=TLSRPTv1; rua=mailto:t@own.test';
  expect(found('own.test', text)).toEqual(['mta-sts.record _mta-sts.own.test', 'mta-sts.policy-host mta-sts.own.test']);
});

it('an alias that leads to no record is named, and is no lacking one', () => {
  const gone = ['_mta-sts', '_smtp._tls', 'default._bimi'].map((name) => `${name} CNAME ${name}.gone.example`);
  expect(found('own.test', gone.join('\n'))).toEqual([
    'mta-sts.record _mta-sts.own.test',
    'tls-rpt.record _smtp._tls.own.test',
    'bimi.record default._bimi.own.test',
  ]);
  const sts = '_mta-sts TXT v=STSv1; id=1\nmta-sts A 8.8.8.8\n_smtp._tls CNAME t.gone.example';
  expect(found('own.test', sts)).toEqual(['tls-rpt.record _smtp._tls.own.test']);
});

it('what a wildcard alias answers for these names was not put there', () => {
  const names = ['mailwright-looks-for-wildcards', '_mta-sts', '_smtp._tls', 'default._bimi'];
  const zone = `web A 8.8.8.8\n${names.map((name) => `${name} CNAME web.own.test`).join('\n')}`;
  expect(found('own.test', zone)).toEqual([]);
});
