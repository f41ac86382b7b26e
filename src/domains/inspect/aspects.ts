import { registeredDomain } from '../../core/domain.ts';
import type { DomainFacts, Search, Seen, SesRegionFacts } from '../../core/inspection.ts';

/** The values of an aspect at one domain. `partial`: more may be there than could be seen. */
export type Look = Seen<readonly string[]> & { readonly partial?: string };

/** One thing that domains can have alike. `read`: its values, free of the domain's own name ('mail.<domain>'), in one order; absent: none. */
export interface Aspect {
  readonly title: string;
  /** How bad it is where a domain lacks what the others have; what it has beyond them is a warning. */
  readonly missing: 'error' | 'warning';
  readonly why: string;
  read(facts: DomainFacts): Look;
}

/** Every aspect, by its stable id, in the order in which it is told. */
export const ASPECTS = {
  'dns.host': {
    title: 'DNS host',
    missing: 'warning',
    why: 'A profile names one DNS provider.',
    read: ({ dns }) =>
      mapped(dns, ({ host, servers }) => [host ?? [...new Set(servers.map(registeredDomain))].toSorted().join(', ')]),
  },
  'dns.zone': {
    title: 'Zone',
    missing: 'warning',
    why: 'A domain in the zone of its parent inherits its DMARC policy, and shares its name servers.',
    read: ({ dns, domain }) => mapped(dns, ({ zone }) => [zone === domain ? 'its own' : `in that of ${zone}`]),
  },
  mx: {
    title: 'MX',
    missing: 'error',
    why: 'Mail to the domain goes where its MX records say.',
    read: ({ mx, domain }) =>
      mapped(mx, (hosts) =>
        hosts.map(({ host, preference }) => relative(`${preference} ${host || '. (null MX)'}`, domain)),
      ),
  },
  spf: {
    title: 'SPF of the domain',
    missing: 'warning',
    why: 'Receivers check it for mail whose envelope is the domain itself.',
    read: ({ spf, domain }) =>
      mapped(spf, ({ records }) =>
        records.flatMap((record) => relative(record.toLowerCase(), domain).split(/ +/).slice(1).map(withoutPlus)),
      ),
  },
  'dkim.signers': {
    title: 'DKIM signers',
    missing: 'error',
    why: 'Mail that nobody signs for the domain rests on SPF alone, which forwarding breaks.',
    read({ dkim, dkimSearch, domain }) {
      const signers = mapped(dkim, (keys) =>
        keys
          .filter((key) => !key.revoked)
          .map(({ signer, selector }) => (signer === 'own key' ? `own key (${relative(selector, domain)})` : signer)),
      );
      return asFarAs(dkimSearch, 'selectors', signers);
    },
  },
  'dmarc.policy': {
    title: 'DMARC policy',
    missing: 'error',
    why: 'It says what receivers do with mail that neither SPF nor DKIM proves; Gmail, Yahoo and Microsoft demand one of bulk senders.',
    read: ({ dmarc }) => mapped(dmarc, ({ policy }) => [policy]),
  },
  'dmarc.rua': {
    title: 'DMARC reports to',
    missing: 'warning',
    why: 'The reports show who sends in the name of the domain.',
    read: ({ dmarc, domain }) => mapped(dmarc, ({ rua }) => sorted(rua.map((one) => relative(one, domain)))),
  },
  'dmarc.ruf': {
    title: 'DMARC failure reports to',
    missing: 'warning',
    why: 'They show single messages that failed.',
    read: ({ dmarc, domain }) => mapped(dmarc, ({ ruf }) => sorted(ruf.map((one) => relative(one, domain)))),
  },
  mailFrom: {
    title: 'MAIL FROM names',
    missing: 'error',
    why: 'Without one SES sends with its own envelope domain, so SPF passes without alignment.',
    read: ({ mailFrom, mailFromSearch, domain }) =>
      asFarAs(
        mailFromSearch,
        'names',
        mapped(mailFrom, (names) => names.map(({ name, region }) => `${relative(name, domain)} (${region})`)),
      ),
  },
  'ses.regions': {
    title: 'SES regions',
    missing: 'error',
    why: 'A region without the identity can’t send for the domain when the other one fails.',
    read: ({ ses }) => mapped(ses, ({ regions }) => regions.map(({ region }) => region)),
  },
  'ses.dkim': {
    title: 'SES DKIM method',
    missing: 'warning',
    why: 'It decides which records a new domain gets.',
    read: ({ ses }) => ofIdentities(ses, (identities) => [dkimMethod(identities)]),
  },
  'ses.tenant': {
    title: 'SES tenant',
    missing: 'error',
    why: 'SES refuses a tenant’s mail from an identity that is not associated with it.',
    read({ ses }) {
      const unread = regionsOf(ses).find(({ identity }) => identity.tenants.status === 'unknown')?.identity.tenants;
      if (unread?.status === 'unknown') return unread;
      return ofIdentities(ses, (identities) =>
        byRegion(identities, ({ tenants }) => (tenants.status === 'present' ? tenants.value : [])),
      );
    },
  },
  'ses.configurationSet': {
    title: 'Configuration set',
    missing: 'warning',
    why: 'It decides which events are published, and over which addresses mail goes.',
    read: ({ ses }) =>
      ofIdentities(ses, (identities) =>
        byRegion(identities, ({ configurationSet }) => (configurationSet === undefined ? [] : [configurationSet])),
      ),
  },
  'ses.onMxFailure': {
    title: 'On MX failure',
    missing: 'warning',
    why: 'With REJECT_MESSAGE nothing leaves while the MX of the MAIL FROM is missing.',
    read: ({ ses }) =>
      ofIdentities(ses, (identities) =>
        byRegion(identities, ({ mailFrom }) => (mailFrom ? [mailFrom.onMxFailure] : [])),
      ),
  },
  clients: {
    title: 'Autodiscover, autoconfig',
    missing: 'warning',
    why: 'Mail programs find the mailboxes by these names.',
    read: ({ clients, domain }) =>
      mapped(clients, (names) => sorted(names.map(({ name, target }) => relative(`${name} → ${target}`, domain)))),
  },
  mtaSts: {
    title: 'MTA-STS',
    missing: 'warning',
    why: 'It makes senders insist on TLS with the MX hosts.',
    read: ({ mtaSts }) => mapped(mtaSts, () => ['published']),
  },
  tlsRpt: {
    title: 'TLS reports to',
    missing: 'warning',
    why: 'They show where TLS with the MX hosts failed.',
    read: ({ tlsRpt, domain }) =>
      mapped(tlsRpt, (record) => [relative(/rua=([^;]*)/.exec(record)?.[1]?.trim() ?? '', domain)]),
  },
  relays: {
    title: 'Relays',
    missing: 'error',
    why: 'A relay that does not know the domain refuses its mail; one that passes it on elsewhere loses it.',
    read: ({ relays = NOT_ASKED }) => mapped(relays, (all) => all.map(({ host, nextHop }) => `${host} → ${nextHop}`)),
  },
  'mailcow.mailboxes': {
    title: 'Mailboxes',
    missing: 'warning',
    why: 'Mail to an address that is neither a mailbox nor an alias is refused.',
    read: ({ mailcow = NOT_ASKED }) =>
      mapped(mailcow, ({ mailboxes }) => sorted(mailboxes.map((local) => `${local}@`))),
  },
  'mailcow.aliases': {
    title: 'Aliases',
    missing: 'warning',
    why: 'Every domain must have postmaster@ (RFC 5321 4.5.1), and abuse@ is written to by whoever complains (RFC 2142).',
    read: ({ mailcow = NOT_ASKED, domain }) =>
      mapped(mailcow, ({ aliases }) =>
        sorted(
          aliases.map(({ address, goto }) =>
            relative(`${address.split('@')[0] || '*'}@ → ${goto.toSorted().join(', ')}`, domain),
          ),
        ),
      ),
  },
  'mailcow.dkim': {
    title: 'Mailcow’s DKIM key',
    missing: 'warning',
    why: 'Mailcow signs with it; unless it is published, its signatures are worth nothing.',
    read: ({ mailcow = NOT_ASKED }) =>
      mapped(mailcow, ({ dkim }) => (dkim ? [`${dkim.selector}${dkim.published ? '' : ', not published'}`] : [])),
  },
  'mailcow.relayhost': {
    title: 'Mailcow’s relay host',
    missing: 'warning',
    why: 'What its users send leaves by it; without one Mailcow’s own address has to be trusted by receivers.',
    read: ({ mailcow = NOT_ASKED }) =>
      mapped(mailcow, ({ relayhost }) =>
        relayhost ? [`${relayhost.hostname}${relayhost.active ? '' : ', switched off'}`] : [],
      ),
  },
} as const satisfies Record<string, Aspect>;

/** Of a system that nobody configured nothing is known, at any domain: it is left out everywhere. */
const NOT_ASKED = { status: 'unknown', reason: 'not asked' } as const;

export type AspectId = keyof typeof ASPECTS;

/** Every aspect with its id. */
export function allAspects(): readonly (readonly [AspectId, Aspect])[] {
  return Object.entries(ASPECTS) as unknown as readonly (readonly [AspectId, Aspect])[];
}

/** The text with the domain's own name replaced, so that domains can be compared. */
export function relative(text: string, domain: string): string {
  const escaped = domain.replaceAll('.', '\\.');
  return text.replace(new RegExp(`(?<![a-z0-9-])${escaped}(?![a-z0-9-]|\\.[a-z0-9])`, 'gi'), '<domain>');
}

function mapped<T>(seen: Seen<T>, read: (value: T) => readonly string[]): Seen<readonly string[]> {
  if (seen.status !== 'present') return seen;
  const values = read(seen.value);
  return values.length > 0 ? { status: 'present', value: values } : { status: 'absent' };
}

/** What was found by asking for names that nobody lists. */
function asFarAs(search: Search, what: string, seen: Seen<readonly string[]>): Look {
  const found = seen.status === 'present' ? { ...seen, value: sorted(seen.value) } : seen;
  if (search === 'whole' || seen.status === 'unknown') return found;
  const asked = search === 'in part' ? `some ${what} could not be asked` : `only the usual ${what} could be asked`;
  return { ...found, partial: `${asked}; others are not known` };
}

function sorted(values: readonly string[]): string[] {
  return [...new Set(values)].toSorted();
}

/** '+include:x' says what 'include:x' says. */
function withoutPlus(term: string): string {
  return term.replace(/^\+/, '');
}

/** An identity with its region. */
export type Identity = Extract<SesRegionFacts['identity'], { status: 'present' }>['value'] & {
  readonly region: string;
};

function regionsOf(ses: DomainFacts['ses']): { identity: Identity }[] {
  if (ses.status !== 'present') return [];
  return ses.value.regions.flatMap(({ region, identity }) =>
    identity.status === 'present' ? [{ identity: { ...identity.value, region } }] : [],
  );
}

/** The identities of a domain that could be read, by region. */
export function identitiesOf({ ses }: Pick<DomainFacts, 'ses'>): Identity[] {
  return regionsOf(ses).map(({ identity }) => identity);
}

function ofIdentities(
  ses: DomainFacts['ses'],
  read: (identities: readonly Identity[]) => readonly string[],
): Seen<readonly string[]> {
  if (ses.status !== 'present') return ses;
  const unread = ses.value.regions.find(({ identity }) => identity.status === 'unknown')?.identity;
  if (unread?.status === 'unknown') return unread;
  return mapped(ses, () => read(identitiesOf({ ses })));
}

/** One value where all regions have the same; else each with the regions that have it. */
function byRegion(identities: readonly Identity[], read: (identity: Identity) => readonly string[]): string[] {
  const having = Map.groupBy(
    identities.flatMap((identity) => read(identity).map((value) => ({ value, region: identity.region }))),
    ({ value }) => value,
  );
  return [...having]
    .map(([value, all]) =>
      all.length === identities.length ? value : `${value} (${all.map(({ region }) => region).join(', ')})`,
    )
    .toSorted();
}

/** How the regions sign together, in a profile's words. */
export function dkimMethod(identities: readonly Identity[]): string {
  const methods = new Set(identities.map(({ dkim }) => dkim.method));
  const parents = [...new Set(identities.flatMap(({ dkim }) => dkim.parent ?? []))];
  if (methods.has('own')) return methods.size === 1 ? 'byodkim' : 'byodkim in some regions';
  if (methods.has('replica')) return `replicated from ${parents.join(', ')}`;
  return identities.length > 1 ? 'per-region' : 'easy';
}
