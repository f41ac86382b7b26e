import { Resolver as NodeResolver } from 'node:dns/promises';
import { registeredDomain } from '../../core/domain.ts';
import { type Answer, foldAnswers, type Question, type Resolver, type ServerAnswer } from '../../core/resolver.ts';
import { toBytes } from '../../core/txt.ts';

/** Where DNS is asked. Loopback and private name servers are refused unless allowed, so that no zone can point us inside. */
export interface DnsSettings {
  /** The port of authoritative servers; 53 but in a sandbox. */
  readonly port: number;
  /** Recursive resolvers as address or address:port; empty: the system's. */
  readonly publicResolvers: readonly string[];
  readonly allowPrivate: boolean;
}

/** Of the first try; c-ares doubles it for the second, so silence costs three seconds. */
const TIMEOUT_MS = 1000;
const TRIES = 2;

/** What c-ares calls "there is none": the name, or the type at it. */
const ABSENT = new Set(['ENOTFOUND', 'ENODATA']);

/** A resolver on node:dns. One per run: what it learns of name servers is remembered, answers are not. */
export function openResolver(settings: DnsSettings): Resolver {
  const zones = new Map<string, Promise<readonly { name: string; address: string }[]>>();
  const publicResolver = nodeResolver(settings.publicResolvers);
  const publicName = settings.publicResolvers[0] ?? 'system resolver';

  async function serversOf(zone: string): Promise<readonly { name: string; address: string }[]> {
    const answer = await ask(publicResolver, publicName, zone, 'NS');
    const found = await Promise.all(
      answer.values.map(async (name) => {
        const [v4, v6] = await Promise.all([
          ask(publicResolver, publicName, name, 'A'),
          ask(publicResolver, publicName, name, 'AAAA'),
        ]);
        const address = v4.values[0] ?? v6.values[0];
        return address === undefined || (!settings.allowPrivate && isPrivate(address)) ? [] : [{ name, address }];
      }),
    );
    return found.flat();
  }

  function remembered(zone: string): Promise<readonly { name: string; address: string }[]> {
    const known = zones.get(zone);
    if (known) return known;
    const servers = serversOf(zone).then((found) => {
      // Nothing found is not remembered: a delegation may appear while we wait for it.
      if (found.length === 0) zones.delete(zone);
      return found;
    });
    zones.set(zone, servers);
    return servers;
  }

  return {
    async authoritative(question: Question): Promise<Answer> {
      const zone = question.zone ?? registeredDomain(question.name);
      const servers = await remembered(zone);
      if (servers.length === 0)
        return foldAnswers([
          { by: zone, status: 'unknown', values: [], reason: 'its name servers could not be found' },
        ]);
      return foldAnswers(
        await Promise.all(
          servers.map(({ name, address }) => {
            const target = address.includes(':') ? `[${address}]:${settings.port}` : `${address}:${settings.port}`;
            return ask(nodeResolver([target]), name, question.name, question.type);
          }),
        ),
      );
    },
    async public(question: Question): Promise<Answer> {
      const servers = settings.publicResolvers.length > 0 ? settings.publicResolvers : undefined;
      if (!servers) return foldAnswers([await ask(publicResolver, publicName, question.name, question.type)]);
      return foldAnswers(
        await Promise.all(servers.map((server) => ask(nodeResolver([server]), server, question.name, question.type))),
      );
    },
  };
}

function nodeResolver(servers: readonly string[]): NodeResolver {
  const resolver = new NodeResolver({ timeout: TIMEOUT_MS, tries: TRIES });
  if (servers.length > 0) resolver.setServers([...servers]);
  return resolver;
}

/** One question to one resolver, as three-valued answer. */
async function ask(resolver: NodeResolver, by: string, name: string, type: Question['type']): Promise<ServerAnswer> {
  try {
    const values = await VALUES[type](resolver, name);
    return { by, status: values.length > 0 ? 'present' : 'absent', values };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    if (ABSENT.has(code)) return { by, status: 'absent', values: [] };
    const reason = code === 'ETIMEOUT' ? 'no answer in 3 s' : code.replace(/^E/, '');
    return { by, status: 'unknown', values: [], reason };
  }
}

const VALUES: Readonly<Record<Question['type'], (resolver: NodeResolver, name: string) => Promise<string[]>>> = {
  A: (resolver, name) => resolver.resolve4(name),
  AAAA: (resolver, name) => resolver.resolve6(name),
  CNAME: async (resolver, name) => (await resolver.resolveCname(name)).map(plain),
  NS: async (resolver, name) => (await resolver.resolveNs(name)).map(plain),
  MX: async (resolver, name) => (await resolver.resolveMx(name)).map((mx) => `${mx.priority} ${plain(mx.exchange)}`),
  TXT: async (resolver, name) => (await resolver.resolveTxt(name)).map((strings) => toBytes(strings.join(''))),
};

function plain(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}

/** Loopback, private, link-local, carrier-grade, and unique-local addresses (RFC 6890). */
export function isPrivate(address: string): boolean {
  const v4 = /^(?:::ffff:)?(\d+)\.(\d+)\.\d+\.\d+$/i.exec(address);
  if (v4) {
    const [a, b] = [Number(v4[1]), Number(v4[2])];
    return (
      a === 0 ||
      a === 10 ||
      a === 127 ||
      a >= 224 ||
      (a === 100 && b >= 64 && b < 128) ||
      (a === 169 && b === 254) ||
      (a === 172 && b >= 16 && b < 32) ||
      (a === 192 && b === 168)
    );
  }
  return /^(::1?$|f[cd]|fe[89ab]|ff)/i.test(address);
}
