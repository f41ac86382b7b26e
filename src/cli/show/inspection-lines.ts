import type { DomainFacts, MailcowFacts, Search, Seen } from '../../core/inspection.ts';

/** One thing of a domain in words: a title, and what is there; `unknown` says that it could not be seen. */
export interface FactLine {
  readonly title: string;
  readonly words: readonly string[];
  readonly unknown?: boolean;
}

/** What a domain has, in words and in order: for the terminal and for Markdown alike. */
export function factLines(facts: DomainFacts): FactLine[] {
  const { dns, zone, mx, spf, dkim, dkimSearch, dmarc, mailFrom, mailFromSearch, mtaSts, tlsRpt, clients, ses } = facts;
  return [
    line(
      'DNS',
      dns,
      ({ zone, servers, host }) => [
        `${host ?? 'host not known'}: ${servers.join(', ')}`,
        ...(zone === facts.domain ? [] : [`in the zone ${zone}`]),
      ],
      'not delegated',
    ),
    ...(zone.status === 'present'
      ? [
          {
            title: 'zone',
            words: [`${zone.value.provider}, account ${zone.value.account}, ${zone.value.records} records`],
          },
        ]
      : []),
    line('MX', mx, (hosts) =>
      hosts.map(
        ({ host, preference, service }) =>
          `${preference} ${host || '. (null MX: receives no mail)'}${bracketed(service)}`,
      ),
    ),
    line('SPF', spf, ({ records, includes }) => [...records, ...senders(includes)]),
    line(
      'DKIM',
      dkim,
      (keys) => [...dkimWords(keys), ...beyond(dkimSearch)],
      ['none', ...beyond(dkimSearch)].join('; '),
    ),
    line('DMARC', dmarc, ({ records, name, inherited }) => [
      ...records,
      ...(inherited ? [`inherited from ${name}`] : []),
    ]),
    line(
      'MAIL FROM',
      mailFrom,
      (names) => [
        ...names.map(({ name, region, spf }) => `${name} (${region}${spf === false ? ', without SPF' : ''})`),
        ...beyond(mailFromSearch),
      ],
      ['none', ...beyond(mailFromSearch)].join('; '),
    ),
    line('MTA-STS', mtaSts, (record) => [record]),
    line('TLS-RPT', tlsRpt, (record) => [record]),
    line(
      'clients',
      clients,
      (names) => names.map(({ name, target }) => `${name} → ${target}`),
      'no autodiscover, no autoconfig',
    ),
    ...sesLines(ses),
    ...(facts.relays
      ? [
          line(
            'relays',
            facts.relays,
            (all) =>
              all.map(
                ({ host, nextHop, recipients }) =>
                  `${host} → ${nextHop || 'no next hop'} (${recipients === 'any' ? 'every address' : `${recipients} addresses`})`,
              ),
            'none takes its mail',
          ),
        ]
      : []),
    ...(facts.mailcow ? [line('Mailcow', facts.mailcow, mailcowWords, 'no such domain')] : []),
  ];
}

function mailcowWords({ host, active, mailboxes, messages, aliases, dkim, relayhost }: MailcowFacts): string[] {
  const named =
    mailboxes.length > 6 ? `${mailboxes.slice(0, 6).join('@, ')}@ …` : mailboxes.map((one) => `${one}@`).join(', ');
  return [
    `${host}${active ? '' : ', not active'}: ${mailboxes.length} mailboxes${named ? ` (${named})` : ''}, ${messages} messages, ${aliases.length} aliases`,
    dkim ? `DKIM selector ${dkim.selector}${dkim.published ? '' : ', not published'}` : 'no DKIM key',
    ...(relayhost
      ? [
          `its mail leaves by ${relayhost.hostname} as ${relayhost.username}${relayhost.active ? '' : ', which is switched off'}`,
        ]
      : []),
  ];
}

function line<T>(title: string, seen: Seen<T>, words: (value: T) => readonly string[], absent = 'none'): FactLine {
  if (seen.status === 'unknown') return { title, words: [`unknown: ${seen.reason}`], unknown: true };
  return { title, words: seen.status === 'present' ? words(seen.value) : [absent] };
}

/** What was not asked, because nobody lists it. */
function beyond(search: Search): string[] {
  if (search === 'whole') return [];
  return [search === 'in part' ? 'some names could not be asked' : 'only usual names were asked; others are not known'];
}

function bracketed(text: string | undefined): string {
  return text === undefined ? '' : ` (${text})`;
}

function senders(includes: readonly { domain: string; sender?: string | undefined }[]): string[] {
  const known = includes.flatMap(({ domain, sender }) => (sender === undefined ? [] : [`${domain} is ${sender}`]));
  return known.length > 0 ? [known.join(', ')] : [];
}

/** SES's three CNAMEs are one thing; other keys are told one by one. */
function dkimWords(keys: Extract<DomainFacts['dkim'], { status: 'present' }>['value']): string[] {
  return [...Map.groupBy(keys, ({ signer }) => signer)].map(([signer, all]) => {
    const told = all.map(
      ({ selector, type, revoked }) =>
        `${selector.length > 20 ? `${selector.slice(0, 8)}…` : selector} (${type}${revoked ? ', revoked' : ''})`,
    );
    return `${signer}: ${told.join(', ')}`;
  });
}

function sesLines(ses: DomainFacts['ses']): FactLine[] {
  if (ses.status !== 'present') return [line('SES', ses, () => [], 'no identity')];
  return ses.value.regions.map(({ region, verified, identity }) =>
    line(`SES ${region}`, identity, ({ dkim, mailFrom, configurationSet, tenants }) => [
      `${verified ? 'verified' : 'not verified'}, DKIM ${dkim.status} (${dkimOf(dkim)}${dkim.keyLength ? `, ${dkim.keyLength.replace(/^RSA_|_BIT$/g, '')} bits` : ''}${dkim.signing ? '' : ', not signing'})`,
      mailFrom ? `MAIL FROM ${mailFrom.name} ${mailFrom.status}, ${mailFrom.onMxFailure}` : 'no custom MAIL FROM',
      `tenant ${tenants.status === 'present' ? tenants.value.join(', ') : tenants.status === 'absent' ? 'none' : `unknown: ${tenants.reason}`}, configuration set ${configurationSet ?? 'none'}`,
    ]),
  );
}

function dkimOf({ method, parent }: { method: string; parent?: string | undefined }): string {
  if (method === 'replica') return `replica of ${parent ?? '?'}`;
  return method === 'own' ? 'key of one’s own' : 'keys of its own';
}
