import type { Internet } from '../../world.ts';

const MOST_INCLUDES = 10;

/** The addresses and networks that a domain sends from: what its SPF record names, else its mail hosts, else itself. */
export async function guessHosts(internet: Internet, domain: string): Promise<string[]> {
  const guesses = [spfHosts(internet, domain, 0), mailHosts(internet, domain), addresses(internet, domain)];
  for (const guess of guesses) {
    const hosts = [...new Set(await guess)];
    if (hosts.length > 0) return hosts;
  }
  return [];
}

async function spfHosts(internet: Internet, domain: string, depth: number): Promise<string[]> {
  if (depth > MOST_INCLUDES) return [];
  const record = (await values(internet, domain, 'TXT')).find((text) => /^v=spf1(?: |$)/i.test(text));
  const hosts: string[] = [];
  for (const term of record?.split(/\s+/).slice(1) ?? []) {
    const [mechanism = '', value = domain] = term.replace(/^\+/, '').split(/[:=](.*)/);
    if (mechanism === 'ip4' || mechanism === 'ip6') hosts.push(value);
    else if (mechanism === 'a') hosts.push(...(await addresses(internet, value)));
    else if (mechanism === 'mx') hosts.push(...(await mailHosts(internet, value)));
    else if (mechanism === 'include' || mechanism === 'redirect')
      hosts.push(...(await spfHosts(internet, value, depth + 1)));
  }
  return hosts;
}

async function mailHosts(internet: Internet, domain: string): Promise<string[]> {
  const hosts = (await values(internet, domain, 'MX')).map((value) => value.split(/\s+/)[1] ?? '');
  return (await Promise.all(hosts.map((host) => addresses(internet, host.replace(/\.$/, ''))))).flat();
}

async function addresses(internet: Internet, name: string): Promise<string[]> {
  return [...(await values(internet, name, 'A')), ...(await values(internet, name, 'AAAA'))];
}

async function values(internet: Internet, name: string, type: string): Promise<string[]> {
  const { records } = await internet.lookup(name, type);
  return records.filter((record) => record.type === type).map(({ value }) => value);
}
