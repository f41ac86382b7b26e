import type { MxHost } from '../domain-spec.ts';

/** What a newcomer said, as far as a profile holds it. */
export interface FirstAnswers {
  /** The domain of the first plan: the profile itself is for any. */
  readonly domain: string;
  readonly dns: string;
  readonly regions: readonly string[];
  /** 12 digits; absent where the credentials could not tell. */
  readonly account?: string | undefined;
  readonly tenant?: string | undefined;
  /** Inbound hosts; empty: inbound mail is left alone. */
  readonly mx: readonly MxHost[];
  /** Where DMARC reports go; absent: dmarc@<domain>. */
  readonly reports?: string | undefined;
}

/** A first profile as YAML with comments: what was asked for is set, what is mostly wanted next stands there as a comment. */
export function firstProfile(answers: FirstAnswers, name: string): string {
  const { domain, dns, regions, account, tenant, mx, reports } = answers;
  const lines = [
    '# How domains are set up here: one file for any number of them. Every key: docs/profiles.md.',
    `# To see what it would do: mailwright plan ${domain} --profile ${name}`,
    '',
    'dns:',
    '  # Who serves the zones. auto: of the providers with credentials, whoever serves the name.',
    `  provider: ${dns}`,
    '',
    'ses:',
    '  # Mail can be sent from each of these; the first makes the DKIM keys of a new domain.',
    `  regions: [${regions.join(', ')}]`,
    ...(account === undefined
      ? []
      : ['  # Credentials of any other AWS account are refused.', `  account: ${JSON.stringify(account)}`]),
    ...(tenant === undefined
      ? ['  # tenant: NAME                # an SES tenant that may send from the domains']
      : [
          '  # The SES tenant that may send from the domains; made where it is missing.',
          `  tenant: ${JSON.stringify(tenant)}`,
        ]),
    '',
    'dmarc:',
    '  # Of a new record: none, quarantine or reject. A published policy is never weakened.',
    '  policy: none',
    ...(reports === undefined
      ? ['  # rua: [reports@example.com]   # where reports go; dmarc@ the domain itself, unless said']
      : ['  # Where receivers report who sends in the name of the domain.', `  rua: [${JSON.stringify(reports)}]`]),
    '',
    '# Hosts that receive mail for the domains; none leaves inbound mail alone.',
    ...(mx.length === 0 ? ['mx: none'] : ['mx:', ...mx.map((one) => `  - ${one.host}:${one.preference}`)]),
    '',
    '# mailFrom: mail                 # bounces come back to mail.<domain>; another label is possible',
    '# ttl: 3600                      # seconds, of every record',
  ];
  return `${lines.join('\n')}\n`;
}

/** A name for the first profile: that of the domain without its ending ('news.example.co.uk' -> 'example'). */
export function profileNameOf(registered: string): string {
  return registered.split('.')[0]?.replace(/[^a-z0-9-]/g, '') || 'main';
}
