import { getServers } from 'node:dns';
import { isIP, isIPv6 } from 'node:net';
import { Problem } from '../../../core/problem.ts';
import {
  type Answer,
  foldAnswers,
  type Question,
  type Resolver,
  type Security,
  type ServerAnswer,
} from '../../../core/resolver.ts';
import { openDnsClient } from './dns-client.ts';
import type { DnsQuery, DnsReply, DnsSilence } from './dns-query.ts';
import { toServerAnswer } from './dns-values.ts';
import { type NameServer, openNameServers, type ServedZone } from './name-servers.ts';

/** Where DNS is asked. Loopback and private name servers are refused unless allowed, so that no zone can point us inside. */
export interface DnsSettings {
  /** The port of authoritative servers; 53 but in a sandbox. */
  readonly port: number;
  /** Recursive resolvers as address or address:port; empty: the system's. */
  readonly publicResolvers: readonly string[];
  readonly allowPrivate: boolean;
}

/** How a resolver is asked. */
type Manner = Pick<DnsQuery, 'dnssec'>;

/** A resolver that asks servers themselves. One per run: what it learns of name servers is remembered, answers are not. */
export function openResolver(settings: DnsSettings): Resolver & { close(): void } {
  const client = openDnsClient();
  const system = settings.publicResolvers.length === 0;
  const resolvers = (system ? getServers() : settings.publicResolvers).map(parseAddress);

  function askResolver(at: number, name: string, type: Question['type'], manner: Manner = {}) {
    const { address, port } = resolvers[at] ?? { address: '127.0.0.1', port: 53 };
    return client.ask({ address, port, name, type, recursive: true, ...manner });
  }

  /** The next resolver is asked only where the one before could not say anything. */
  async function askPublic(name: string, type: Question['type'], manner: Manner = {}): Promise<DnsReply | DnsSilence> {
    let heard = await askResolver(0, name, type, manner);
    for (let at = 1; at < resolvers.length && isUnsaid(heard); at += 1)
      heard = await askResolver(at, name, type, manner);
    return heard;
  }

  /** The way to a zone's servers: of a zone whose signatures are wrong, a resolver that verifies tells it only unverified. */
  async function askWay(name: string, type: Question['type']): Promise<DnsReply | DnsSilence> {
    const heard = await askPublic(name, type);
    if ('silence' in heard || heard.rcode !== 'SERVFAIL') return heard;
    const anyhow = await askPublic(name, type, { dnssec: 'unverified' });
    return isUnsaid(anyhow) ? heard : anyhow;
  }

  async function askServer(server: NameServer, name: string, type: Question['type']): Promise<DnsReply | DnsSilence> {
    const { address, reason = 'it has no address' } = server;
    if (address === undefined) return { silence: reason };
    return client.ask({ address, port: settings.port, name, type, recursive: false });
  }

  const nameServers = openNameServers({ askPublic: askWay, askServer, allowPrivate: settings.allowPrivate });

  async function askZone(served: ServedZone, question: Question, depth = 0): Promise<Answer> {
    const { zone, servers, reason = 'it has no name servers' } = served;
    if (servers.length === 0) {
      const silence = foldAnswers([{ by: zone, status: 'unknown', values: [], reason }]);
      return served.delegated === 'no' ? { ...silence, undelegated: true } : silence;
    }
    const ask = (server: NameServer) => askServer(server, question.name, question.type);
    const heard = question.any ? await askInTurn(servers, ask) : await Promise.all(servers.map(ask));
    if (depth < 10) {
      for (const one of heard) {
        const below = 'silence' in one ? undefined : nameServers.referred(one, zone, question.name);
        if (below) return askZone(await below, question, depth + 1);
      }
    }
    return foldAnswers(
      heard.map((one, index): ServerAnswer => toServerAnswer(servers[index]?.name ?? '', question, one, zone)),
    );
  }

  async function security(zone: string): Promise<Security> {
    const { address, port } = resolvers[0] ?? { address: '127.0.0.1', port: 53 };
    const ask = (name: string, dnssec: 'verify' | 'unverified') =>
      client.ask({ address, port, name, type: 'SOA', recursive: true, dnssec });
    const heard = await ask(zone, 'verify');
    if ('silence' in heard) return 'unknown';
    if (heard.rcode === 'SERVFAIL') {
      // Wrong signatures, or servers that fail: without its verification the resolver says the one and not the other.
      const anyhow = await ask(zone, 'unverified');
      return !('silence' in anyhow) && anyhow.rcode === 'NOERROR' ? 'bogus' : 'unknown';
    }
    if (heard.rcode !== 'NOERROR') return 'unknown';
    if (heard.verified) return 'secure';
    // The root is signed: a resolver that does not say so verifies nothing.
    const root = await ask('.', 'verify');
    return !('silence' in root) && root.verified ? 'insecure' : 'unknown';
  }

  return {
    async authoritative(question) {
      const { name, zone } = question;
      return askZone(await (zone === undefined ? nameServers.nearest(name) : nameServers.of(zone)), question);
    },
    async public(question) {
      const { name, type } = question;
      if (system) return foldAnswers([toServerAnswer('system resolver', question, await askPublic(name, type))]);
      const heard = await Promise.all(resolvers.map((_, at) => askResolver(at, name, type)));
      return foldAnswers(heard.map((one, at) => toServerAnswer(settings.publicResolvers[at] ?? '', question, one)));
    },
    security,
    zoneOf: (name) => nameServers.holding(name),
    delegated: (domain) => nameServers.delegated(domain),
    close: () => client.close(),
  };
}

/** What the first server says; where that is nothing, what all others say, at once, because a stranger's zone may have twenty that are silent. */
async function askInTurn(
  [first, ...others]: readonly NameServer[],
  ask: (server: NameServer) => Promise<DnsReply | DnsSilence>,
): Promise<(DnsReply | DnsSilence)[]> {
  if (first === undefined) return [];
  const said = await ask(first);
  return isUnsaid(said) ? [said, ...(await Promise.all(others.map(ask)))] : [said];
}

function isUnsaid(heard: DnsReply | DnsSilence): boolean {
  return 'silence' in heard || (heard.rcode !== 'NOERROR' && heard.rcode !== 'NXDOMAIN');
}

/** '192.0.2.1', '192.0.2.1:5300', '2001:db8::1', '[2001:db8::1]:5300', 'dns.example.com:53'. */
function parseAddress(text: string): { address: string; port: number } {
  if (isIP(text) !== 0) return { address: text, port: 53 };
  const [, v6, host = v6 ?? '', port = '53'] = /^(?:\[(.+)\]|([a-z0-9_.-]+))(?::(\d{1,5}))?$/i.exec(text) ?? [];
  const isHost = v6 === undefined ? host !== '' : isIPv6(v6);
  if (isHost && Number(port) > 0 && Number(port) < 65_536) return { address: host, port: Number(port) };
  throw new Problem(
    'input',
    'dns.resolver',
    `${JSON.stringify(text)} is no resolver: an address or a host, with or without :PORT.`,
    {
      fix: 'Write one as in --resolver 192.0.2.1:5300, or several as in MAILWRIGHT_DNS_PUBLIC_RESOLVERS=192.0.2.1,192.0.2.2.',
    },
  );
}
