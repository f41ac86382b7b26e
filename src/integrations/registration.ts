import type { Fetched, Registration } from '../core/fetched.ts';

/** The registries' servers by top level (RFC 9224). */
const LIST = 'https://data.iana.org/rdap/dns.json';
const DAY_MS = 86_400_000;

/**
 * Asks the registry of a domain about its registration, by RDAP (RFC 9082, RFC 9083): the list of registries once, then one question for
 * each domain. Whatever can't be had is silence. `fetch` is guarded.
 */
export function readRegistration(
  fetch: (url: string) => Promise<Fetched>,
  now: () => number,
): (domain: string) => Promise<Registration> {
  let list: Promise<Fetched> | undefined;
  return async (domain) => {
    list ??= fetch(LIST);
    const servers = parse(await list);
    if (typeof servers === 'string') return { silence: `the list of registries: ${servers}` };
    const top = domain.slice(domain.lastIndexOf('.') + 1);
    const base = serverOf(servers, top);
    if (base === undefined) return { silence: `the registry of .${top} has no RDAP server` };
    const found = parse(await fetch(`${base.replace(/\/$/, '')}/domain/${domain}`));
    if (typeof found === 'string') return { silence: `${new URL(base).hostname}: ${found}` };
    return readAnswer(found, now());
  };
}

type Json = Readonly<Record<string, unknown>>;

/** The object on the page, or why there is none. */
function parse(page: Fetched): Json | string {
  if ('silence' in page) return page.silence;
  if ('refused' in page) return page.refused;
  if (page.status !== 200) return page.status === 404 ? 'it does not know the domain' : `HTTP ${page.status}`;
  try {
    const value: unknown = JSON.parse(page.text);
    return typeof value === 'object' && value !== null ? (value as Json) : 'an answer that is no RDAP';
  } catch {
    return 'an answer that is no RDAP';
  }
}

/** [[['com', 'net'], ['https://rdap.example/']], …] */
function serverOf({ services }: Json, top: string): string | undefined {
  if (!Array.isArray(services)) return undefined;
  const mine = services.find((one) => Array.isArray(one?.[0]) && one[0].includes(top));
  const urls: unknown[] = Array.isArray(mine?.[1]) ? mine[1] : [];
  return urls.find((url): url is string => typeof url === 'string' && url.startsWith('https://') && URL.canParse(url));
}

function readAnswer({ events, status }: Json, now: number): Registration {
  const all: unknown[] = Array.isArray(events) ? events : [];
  const end = all.find((one): one is Json => (one as Json | null)?.eventAction === 'expiration');
  const ends = typeof end?.eventDate === 'string' ? Date.parse(end.eventDate) : Number.NaN;
  const states: unknown[] = Array.isArray(status) ? status : [];
  return {
    ...(Number.isNaN(ends) ? {} : { daysLeft: (ends - now) / DAY_MS }),
    states: states.filter((one) => typeof one === 'string').map((one) => one.toLowerCase()),
  };
}
