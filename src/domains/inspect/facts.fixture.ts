import type { DomainFacts, SesRegionFacts } from '../../core/inspection.ts';

const present = <T>(value: T) => ({ status: 'present' as const, value });

/** What a region shows of a domain of the installation. */
export function sesRegion(domain: string, region: 'us-east-1' | 'us-west-2', more: object = {}): SesRegionFacts {
  const first = region === 'us-east-1';
  return {
    region,
    verified: true,
    identity: present({
      dkim: {
        status: 'SUCCESS',
        method: first ? 'easy' : 'replica',
        ...(first ? {} : { parent: 'us-east-1' }),
        tokens: ['t1', 't2', 't3'],
        keyLength: 'RSA_2048_BIT',
        signing: true,
      },
      mailFrom: {
        name: `${first ? 'mail' : `mail-${region}`}.${domain}`,
        status: 'SUCCESS',
        onMxFailure: 'USE_DEFAULT_VALUE',
      },
      configurationSet: 'xisx',
      tenants: present(['xisx']),
      ...more,
    }),
  };
}

/** A domain of an installation in two regions with a tenant, MX hosts of its own and one mail host, all of it seen; `more` replaces. */
export function facts(domain: string, more: Partial<DomainFacts> = {}): DomainFacts {
  const key = (selector: string) => ({
    selector,
    signer: 'Amazon SES',
    type: 'CNAME' as const,
    value: `${selector}.dkim.amazonses.com`,
    revoked: false,
  });
  return {
    domain,
    dns: present({ zone: domain, servers: ['ada.ns.cloudflare.com', 'bob.ns.cloudflare.com'], host: 'Cloudflare' }),
    zone: present({ provider: 'cloudflare', account: 'Estate', records: 14 }),
    mx: present([
      { host: 'mxwest.xisx.org', preference: 10 },
      { host: 'mxeast.xisx.org', preference: 20 },
    ]),
    spf: present({
      records: ['v=spf1 include:amazonses.com ~all'],
      includes: [{ domain: 'amazonses.com', sender: 'Amazon SES' }],
      ses: true,
      all: '~all',
    }),
    dkim: present([
      ...['t1', 't2', 't3'].map(key),
      { selector: 'dkim', signer: 'own key', type: 'TXT', value: 'v=DKIM1; p=MII', revoked: false },
    ]),
    dkimSearch: 'whole',
    dmarc: present({
      name: `_dmarc.${domain}`,
      inherited: false,
      records: ['v=DMARC1; p=quarantine; rua=mailto:dmarc@xisx.org'],
      policy: 'quarantine',
      rua: ['dmarc@xisx.org'],
      ruf: [],
    }),
    mailFrom: present([
      { name: `mail.${domain}`, region: 'us-east-1', spf: true },
      { name: `mail-us-west-2.${domain}`, region: 'us-west-2', spf: true },
    ]),
    mailFromSearch: 'whole',
    mtaSts: { status: 'absent' },
    tlsRpt: { status: 'absent' },
    clients: present([
      { name: `autodiscover.${domain}`, target: 'mooker.xisx.org' },
      { name: `autoconfig.${domain}`, target: 'mooker.xisx.org' },
    ]),
    ses: present({
      account: '111122223333',
      regions: [sesRegion(domain, 'us-east-1'), sesRegion(domain, 'us-west-2')],
    }),
    ...more,
  };
}

/** The three domains of the installation, alike. */
export const ESTATE = ['ntounix.com', '403gear.com', 'xisx.com'];

/** What is left of a domain where there are no credentials: DNS, by guesses. */
export function withoutCredentials(domain: string, more: Partial<DomainFacts> = {}): DomainFacts {
  const { dkim } = facts(domain);
  const own = dkim.status === 'present' ? dkim.value.filter(({ signer }) => signer === 'own key') : [];
  return facts(domain, {
    zone: { status: 'unknown', reason: 'no token' },
    ses: { status: 'unknown', reason: 'no credentials' },
    dkim: present(own),
    dkimSearch: 'usual names',
    mailFromSearch: 'usual names',
    ...more,
  });
}
