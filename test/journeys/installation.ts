import { EAST, openEstates, WEST } from './live-estate.ts';

/** What the domains of an installation have alike, and what one of them may have otherwise. */
export interface Habits {
  readonly policy?: string;
  readonly records?: readonly object[];
  /** Records without those of `records`' names and types. */
  readonly without?: readonly string[];
  readonly tenant?: string;
  readonly west?: boolean;
}

/** A stage on which domains were set up by hand: two regions and a tenant at SES, MX hosts of one's own, mailboxes at one host. */
export async function openInstallation() {
  const estates = await openEstates();
  const { stage, estate } = estates;
  const arns: Record<string, string[]> = {};

  /** A domain of the installation; its SES tokens are its own. */
  async function domain(name: string, habits: Habits = {}): Promise<void> {
    const { policy = 'quarantine', records = [], without = [], tenant = 'xisx', west = true } = habits;
    const usual = [
      { name: '@', type: 'MX', content: 'mxwest.xisx.org', priority: 10, ttl: 3600 },
      { name: '@', type: 'MX', content: 'mxeast.xisx.org', priority: 20, ttl: 3600 },
      { name: '@', type: 'TXT', content: '"v=spf1 mx include:amazonses.com ~all"', ttl: 3600 },
      {
        name: '_dmarc',
        type: 'TXT',
        content: `"v=DMARC1; p=${policy}; rua=mailto:dmarc@xisx.org; fo=1; ruf=mailto:dmarc@xisx.org"`,
        ttl: 3600,
      },
      { name: 'autodiscover', type: 'CNAME', content: 'mooker.xisx.org', ttl: 3600 },
      { name: 'autoconfig', type: 'CNAME', content: 'mooker.xisx.org', ttl: 3600 },
      {
        name: 'dkim._domainkey',
        type: 'TXT',
        content: '"v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A"',
        ttl: 3600,
      },
    ].filter((one) => !without.includes(`${one.name} ${one.type}`));
    const seeds = [
      { region: EAST, tokens: ['t'], configurationSet: 'xisx' },
      ...(west ? [{ region: WEST, origin: 'AWS_SES_US_EAST_1', configurationSet: 'xisx' }] : []),
    ];
    await estate(name, seeds, [...usual, ...records]);
    for (const { region } of seeds) {
      const key = `${region} ${tenant}`;
      const arn = (resource: string) => `arn:aws:ses:${region}:111122223333:${resource}`;
      arns[key] = [...(arns[key] ?? [arn('configuration-set/xisx')]), arn(`identity/${name}`)];
      await stage.control('POST /control/aws/tenants', { region, name: tenant, resources: arns[key] });
    }
  }

  for (const region of [EAST, WEST])
    await stage.control('POST /control/aws/configuration-sets', { region, name: 'xisx' });
  // Its mail hosts take mail for all of its domains.
  const hosts = ['mxwest', 'mxeast', 'mooker'].map((name) => ({ name, type: 'A', content: '127.0.0.1', ttl: 3600 }));
  const reports = { name: '*._report._dmarc', type: 'TXT', content: '"v=DMARC1"', ttl: 3600 };
  await stage.zone('xisx.org', [...hosts, reports]);
  return { ...estates, domain };
}

/** What the program has when nobody gave it credentials. */
export const NO_CREDENTIALS = {
  AWS_ACCESS_KEY_ID: '',
  AWS_SECRET_ACCESS_KEY: '',
  AWS_EC2_METADATA_DISABLED: 'true',
  CLOUDFLARE_API_TOKEN: '',
};
