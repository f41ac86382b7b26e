import type { DomainSpec } from '../../core/domain-spec.ts';
import type { Clock } from '../../core/ground.ts';
import { Problem } from '../../core/problem.ts';
import { outboundRegions } from '../../core/profile/resolve-outbound.ts';
import { dkimName, publishedKey } from '../../core/records/dkim.ts';
import type { Resolver } from '../../core/resolver.ts';
import type { Owned } from '../../core/resource.ts';
import type { SmtpCredential } from '../../core/smtp-credentials.ts';
import { parseAnswer } from './answers.ts';
import type { MailcowClient } from './client.ts';
import type { MailboxData } from './data.ts';
import { kindOf, systemOf } from './names.ts';
import {
  type ForwardingHost,
  type MailcowAlias,
  type MailcowDkim,
  type MailcowDomain,
  type MailcowMailbox,
  type MailcowState,
  type RelayAddresses,
  type Relayhost,
  type RelayhostName,
  type TlsPolicy,
  UNASKED,
} from './state.ts';

/** What reading needs beside the API. */
export interface ReadNeeds {
  readonly clock: Pick<Clock, 'now'>;
  readonly resolver: Pick<Resolver, 'authoritative'>;
  /** Every address of a host. Throws a Problem where nobody can say. */
  readonly resolveHost: (name: string) => Promise<readonly string[]>;
  /** Reads a file of SMTP passwords. Throws a Problem for one that can't be used. */
  readonly readCredentials: (path: string) => Promise<readonly SmtpCredential[]>;
}

/** Of a domain with more mailboxes than this only those that matter are asked for, one by one. */
const MOST_LISTED = 50;

/** What is the whole installation's and serves every domain of one look. */
const FRESH_MS = 5000;

/** Reads domains of one Mailcow. */
export interface Reader {
  read(want: DomainSpec, owned: Owned, closely: boolean): Promise<MailcowState>;
  /** Something was written: what is remembered may not be so any more. */
  forget(): void;
  version(): Promise<string>;
}

/** Opens it. A new domain costs three or four calls, one that is there one or two more. */
export function openReader(client: MailcowClient, needs: ReadNeeds): Reader {
  const { host } = client;
  let version: Promise<string> | undefined;
  let forwarding: { readonly at: number; readonly hosts: Promise<readonly ForwardingHost[]> } | undefined;

  const askVersion = () => {
    version ??= readVersion(client).catch((error: unknown) => {
      version = undefined;
      throw error;
    });
    return version;
  };

  const askForwarding = () => {
    const now = needs.clock.now();
    if (!forwarding || now - forwarding.at > FRESH_MS) {
      const hosts = readForwarding(client);
      forwarding = { at: now, hosts };
      hosts.catch(() => {
        forwarding = undefined;
      });
    }
    return forwarding.hosts;
  };

  return {
    version: askVersion,
    forget() {
      forwarding = undefined;
    },
    async read(want, owned, closely) {
      const wanted = want.mailcow?.host === host ? want.mailcow : undefined;
      const ours = [...owned.entries()].filter(([id]) => id.startsWith(`${systemOf(host)}/`));
      if (!wanted && ours.length === 0) return UNASKED;
      const relays = (wanted?.forwardingHosts ?? 'no') !== 'no' ? (want.relays ?? []).map((relay) => relay.host) : [];
      const isForwarded = ours.some(([id]) => kindOf(id) === 'forwarding');
      const forwards = relays.length > 0 || isForwarded;
      const sends = wanted !== undefined && want.outbound?.by === 'ses';
      const relayed =
        sends || closely || ours.some(([id]) => ['outbound', 'relayhost', 'tls-policy'].includes(kindOf(id) ?? ''));
      const [seen, found, dkim, hosts, addresses, names, relayhosts, tlsPolicies, wantedRelayhost] = await Promise.all([
        askVersion(),
        readDomain(client, want.domain),
        readDkim(client, want.domain, needs.resolver),
        forwards ? askForwarding() : [],
        Promise.all(relays.map((relay) => addressesOf(relay, needs))),
        closely && isForwarded ? readDomainNames(client) : undefined,
        relayed ? readRelayhosts(client) : undefined,
        relayed ? readTlsPolicies(client) : undefined,
        sends ? nameWanted(want, needs) : undefined,
      ]);
      const state = {
        version: seen,
        mailboxes: [],
        aliases: [],
        forwarding: hosts,
        relays: addresses,
        ...(names ? { others: names.filter((name) => name !== want.domain) } : {}),
        ...(relayhosts ? { relayhosts } : {}),
        ...(tlsPolicies ? { tlsPolicies } : {}),
        ...(wantedRelayhost ? { wantedRelayhost } : {}),
      };
      const key = dkim ? { dkim } : {};
      if (!found) return { ...state, ...key };
      if (found.name !== want.domain) return { ...state, ...key, aliasOf: found.name };
      const locals = [...(wanted?.mailboxes ?? []), ...(wanted?.aliases ?? [])].flatMap(({ local }) => local || []);
      const known = ours.flatMap(([id, data]) =>
        kindOf(id) === 'mailbox' ? (data as unknown as MailboxData).mailbox : [],
      );
      const addressed = [...new Set([...locals.map((local) => `${local}@${want.domain}`), ...known])];
      const [mailboxes, aliases, aliasDomains] = await Promise.all([
        readMailboxes(client, found, addressed),
        readAliases(client, want.domain),
        closely ? readAliasDomains(client, want.domain) : undefined,
      ]);
      const more = aliasDomains ? { aliasDomains } : {};
      return { ...state, ...key, ...more, domain: found, mailboxes, aliases };
    },
  };
}

async function readVersion(client: MailcowClient): Promise<string> {
  const answer = await client.get('get/status/version', { about: 'version' });
  return parseAnswer(client.host, 'version', answer);
}

/** The domain of that name; of an alias domain's name the domain that it stands for, which has another. */
export async function readDomain(client: MailcowClient, domain: string): Promise<MailcowDomain | undefined> {
  const answer = await client.get(`get/domain/${encodeURIComponent(domain)}`, { about: `domain ${domain}` });
  return answer === undefined ? undefined : parseAnswer(client.host, 'domain', answer);
}

/** Every domain of the installation. */
async function readDomainNames(client: MailcowClient): Promise<readonly string[]> {
  const answer = await client.get('get/domain/all', { about: 'domains' });
  return answer === undefined ? [] : parseAnswer(client.host, 'domains', answer);
}

/** The key of a domain, and how DNS spells it where it publishes the same one: what works is kept as it is. */
export async function readDkim(
  client: MailcowClient,
  domain: string,
  resolver: Pick<Resolver, 'authoritative'>,
): Promise<MailcowDkim | undefined> {
  const answer = await client.get(`get/dkim/${encodeURIComponent(domain)}`, { about: `DKIM key of ${domain}` });
  if (answer === undefined) return undefined;
  const key = parseAnswer(client.host, 'dkim', answer);
  const said = await resolver.authoritative({ name: dkimName(key.selector, domain), type: 'TXT' });
  const published = said.values.find((value) => publishedKey(value) === publishedKey(key.record));
  return published === undefined ? key : { ...key, published };
}

/** One mailbox. */
export async function readMailbox(client: MailcowClient, address: string): Promise<MailcowMailbox | undefined> {
  const answer = await client.get(`get/mailbox/${encodeURIComponent(address).replace('%40', '@')}`, {
    about: `mailbox ${address}`,
  });
  return answer === undefined ? undefined : parseAnswer(client.host, 'mailbox', answer);
}

/** The mailboxes of a domain; of very many only these addresses. */
export async function readMailboxes(
  client: MailcowClient,
  { name, mailboxes }: MailcowDomain,
  addresses: readonly string[],
): Promise<readonly MailcowMailbox[]> {
  if (mailboxes === 0) return [];
  if (mailboxes > MOST_LISTED)
    return (await Promise.all(addresses.map((address) => readMailbox(client, address)))).flatMap((one) => one ?? []);
  const answer = await client.get(`get/mailbox/all/${encodeURIComponent(name)}`, { about: `mailboxes of ${name}` });
  return answer === undefined ? [] : parseAnswer(client.host, 'mailboxes', answer);
}

/** The aliases of a domain; a mailbox's own entry among them is none. */
export async function readAliases(client: MailcowClient, domain: string): Promise<readonly MailcowAlias[]> {
  const answer = await client.get(`get/alias/all/${encodeURIComponent(domain)}`, { about: `aliases of ${domain}` });
  const all = answer === undefined ? [] : parseAnswer(client.host, 'aliases', answer);
  return all.filter(({ address, goto }) => address.endsWith(`@${domain}`) && !goto.every((one) => one === address));
}

/** The names that stand for the domain: they would go with it. */
async function readAliasDomains(client: MailcowClient, domain: string): Promise<readonly string[]> {
  const answer = await client.get('get/alias-domain/all', { about: 'alias domains' });
  const all = answer === undefined ? [] : parseAnswer(client.host, 'aliasDomains', answer);
  return all.filter((one) => one.target === domain).map((one) => one.name);
}

/** Every forwarding host of the installation. */
export async function readForwarding(client: MailcowClient): Promise<readonly ForwardingHost[]> {
  const answer = await client.get('get/fwdhost/all', { about: 'forwarding hosts' });
  return answer === undefined ? [] : parseAnswer(client.host, 'forwarding', answer);
}

/** Every relay host of the installation. */
export async function readRelayhosts(client: MailcowClient): Promise<readonly Relayhost[]> {
  const answer = await client.get('get/relayhost/all', { about: 'relay hosts' });
  return answer === undefined ? [] : parseAnswer(client.host, 'relayhosts', answer);
}

/** Every TLS policy of the installation. */
export async function readTlsPolicies(client: MailcowClient): Promise<readonly TlsPolicy[]> {
  const answer = await client.get('get/tls-policy-map/all', { about: 'TLS policies' });
  return answer === undefined ? [] : parseAnswer(client.host, 'tlsPolicies', answer);
}

/** The relay host that a domain's mail is to leave by. A file that can't be used is told of by whoever looks at outbound mail as a whole. */
async function nameWanted(want: DomainSpec, { readCredentials }: ReadNeeds): Promise<RelayhostName | undefined> {
  const [region] = outboundRegions(want, 'mailcow');
  try {
    const all = want.outbound?.by === 'ses' ? await readCredentials(want.outbound.credentials) : [];
    const found = all.find((one) => one.region === region);
    return found && { hostname: `[${found.host}]:${found.port}`, username: found.username };
  } catch (error) {
    if (error instanceof Problem) return undefined;
    throw error;
  }
}

async function addressesOf(relay: string, { resolveHost }: ReadNeeds): Promise<RelayAddresses> {
  try {
    const addresses = await resolveHost(relay);
    return { relay, addresses: addresses.map((one) => one.toLowerCase()) };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { relay, addresses: [], problem: error.message };
  }
}
