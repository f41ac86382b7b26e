import { parseAddress } from '../address.ts';
import { parseDomain, parseName } from '../domain.ts';
import type { Consents, DomainSpec, MxHost } from '../domain-spec.ts';
import { Problem, Problems } from '../problem.ts';
import { DEFAULT_SELECTOR } from '../records/dkim.ts';
import type { Profile } from './profile.ts';
import { type MailHostOverrides, resolveMailcow, resolveRelays } from './resolve-mail-hosts.ts';
import { resolveOutbound } from './resolve-outbound.ts';

/** What flags and environment say beside the profile; a flag beats the environment, that beats the profile, that beats the default. */
export interface Overrides extends MailHostOverrides {
  readonly domain?: string | undefined;
  readonly mailFrom?: string | undefined;
  readonly dmarcEmail?: string | undefined;
  readonly sesTenant?: string | undefined;
  readonly sesRegions?: readonly string[] | undefined;
  /** HOST or HOST:PREF; 'none' leaves inbound alone. */
  readonly mx?: readonly string[] | undefined;
  readonly mailHost?: string | undefined;
  readonly dns?: string | readonly string[] | undefined;
}

export interface SpecInput {
  readonly profile: Profile;
  readonly environment: Pick<Overrides, 'sesTenant' | 'sesRegions' | 'relay'>;
  readonly flags: Overrides;
  readonly consents: Consents;
  readonly allowSpecialUse: boolean;
  /** Makes a path of the profile absolute. */
  readonly resolvePath: (path: string) => string;
  /** Turns a region's name into the region, or throws a Problem. */
  readonly parseRegion: (text: string) => string;
}

/** The one place where profile, environment and flags become a DomainSpec. Throws Problems with every error at once. */
export function resolveSpec(input: SpecInput): DomainSpec {
  const { profile, environment, flags, consents } = input;
  const problems: Problem[] = [];
  const collect = <T>(read: () => T, instead: T): T => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      problems.push(error);
      return instead;
    }
  };
  const given = flags.domain ?? profile.domain;
  if (flags.domain !== undefined && profile.domain !== undefined && !isSame(flags.domain, profile.domain)) {
    problems.push(
      new Problem(
        'input',
        'domain.two',
        `Two domains are given: ${flags.domain}, and ${profile.domain} in the profile.`,
        { fix: 'Leave one of them out. If the word is a value of --json, --wait or --markdown, write it after "=".' },
      ),
    );
  }
  if (given === undefined) {
    throw new Problems([
      new Problem('input', 'domain.missing', 'No domain is given.', { fix: 'Name it: mailwright up example.com.' }),
    ]);
  }
  const domain = collect(() => parseDomain(given, { allowSpecialUse: input.allowSpecialUse }), '');
  const mailFrom = flags.mailFrom ?? profile.mailFrom;
  const mx = collect(() => parseMx(flags.mx, profile.mx), undefined);
  const namedHost = flags.mailHost ?? profile.mailHost;
  const mailHost = namedHost === undefined ? undefined : collect(() => hostName(namedHost, 'mailHost'), '');
  const hosts = { profile, domain, mailHost, environment, flags, resolvePath: input.resolvePath, hostName, collect };
  const relays = resolveRelays(hosts);
  const mailcow = resolveMailcow(hosts);
  const outbound = collect(
    () => resolveOutbound({ profile, mailHost, relays, mailcow, resolvePath: input.resolvePath }),
    undefined,
  );
  const addresses = (all: readonly string[], field: string) =>
    all.flatMap((text) => collect(() => [parseAddress(text, field).address], []));
  const regions = (flags.sesRegions ?? environment.sesRegions ?? profile.ses?.regions ?? ['us-east-1']).flatMap(
    (text) => collect(() => [input.parseRegion(text)], []),
  );
  if (regions.length === 0 && problems.every((problem) => problem.code !== 'ses.region')) {
    problems.push(
      new Problem('input', 'ses.regions', 'ses.regions: no region is named.', {
        fix: 'Name one, such as us-east-1, or leave the setting out for the default.',
      }),
    );
  }
  if (profile.ses?.dkim === 'byodkim' && profile.dkim === undefined) {
    problems.push(
      new Problem('input', 'dkim.key-file', 'ses.dkim: byodkim needs a key of your own, and dkim.keyFile names none.', {
        fix: 'Name a file, such as dkim: { keyFile: dkim.pem }; `mailwright up` makes the key where the file is missing.',
      }),
    );
  }
  const tenant = flags.sesTenant ?? environment.sesTenant ?? profile.ses?.tenant;
  const spec: DomainSpec = {
    domain,
    ...(mailFrom === undefined ? {} : { mailFrom: collect(() => fullName(mailFrom, domain, 'mailFrom'), '') }),
    dmarc: {
      policy: profile.dmarc?.policy ?? 'none',
      rua: addresses(
        flags.dmarcEmail === undefined ? (profile.dmarc?.rua ?? []) : flags.dmarcEmail.split(','),
        flags.dmarcEmail === undefined ? 'dmarc.rua' : '--dmarc-email',
      ),
      ruf: addresses(profile.dmarc?.ruf ?? [], 'dmarc.ruf'),
      ...(profile.dmarc?.fo === undefined ? {} : { fo: profile.dmarc.fo }),
      reports: profile.dmarc?.reports ?? 'keep',
    },
    spf: {
      root: profile.spf?.root ?? 'keep',
      include: (profile.spf?.include ?? ['amazonses.com']).flatMap((text) =>
        collect(() => [parseName(text, 'spf.include')], []),
      ),
    },
    ses: {
      ...(profile.ses?.account === undefined ? {} : { account: profile.ses.account }),
      regions: [...new Set(regions)],
      ...(tenant === undefined ? {} : { tenant: collect(() => parseTenant(tenant), '') }),
      tenantFromProfile: tenant !== undefined && tenant === profile.ses?.tenant,
      ...(profile.ses?.configurationSet === undefined ? {} : { configurationSet: profile.ses.configurationSet }),
      dkim: profile.ses?.dkim ?? 'replicated',
      mailFrom: profile.ses?.mailFrom ?? 'per-region',
      ...(profile.ses?.onMxFailure === undefined ? {} : { onMxFailure: profile.ses.onMxFailure }),
      ...(profile.ses?.verification === undefined ? {} : { verification: profile.ses.verification }),
    },
    ...(profile.dkim === undefined
      ? {}
      : {
          dkim: {
            selector: profile.dkim.selector ?? DEFAULT_SELECTOR,
            keyFile: input.resolvePath(profile.dkim.keyFile),
          },
        }),
    ...(mx === undefined ? {} : { mx }),
    ...(mailHost === undefined ? {} : { mailHost }),
    ...(relays.length === 0 ? {} : { relays }),
    ...(mailcow === undefined ? {} : { mailcow }),
    ...(outbound === undefined ? {} : { outbound }),
    dns: {
      provider: flags.dns ?? profile.dns?.provider ?? 'auto',
      ...(profile.dns?.account === undefined ? {} : { account: profile.dns.account }),
      ...(profile.dns?.zone === undefined ? {} : { zone: profile.dns.zone }),
    },
    ttl: profile.ttl ?? 3600,
    consents,
  };
  if (problems.length > 0) throw new Problems(problems);
  return spec;
}

/** Whether two names are one, however they are written; a wrong one is told of where it is parsed. */
function isSame(a: string, b: string): boolean {
  const plain = (text: string) => {
    try {
      return parseDomain(text, { allowSpecialUse: true });
    } catch {
      return text;
    }
  };
  return plain(a) === plain(b);
}

/** A host in full: a bare label would mean a top-level domain. */
function hostName(text: string, field: string): string {
  const name = parseName(text, field);
  if (name.includes('.')) return name;
  throw new Problem('input', 'name.relative', `${field}: "${text}" is not a full host name.`, {
    fix: `Write it in full, such as ${name}.example.com.`,
  });
}

/** A label is taken below the domain; a name with dots is full already. */
function fullName(text: string, domain: string, field: string): string {
  const name = parseName(text, field);
  return name.includes('.') ? name : `${name}.${domain}`;
}

/** A tenant's name, or a Problem. */
export function parseTenant(text: string): string {
  if (/^[A-Za-z0-9_-]{1,64}$/.test(text)) return text;
  throw new Problem(
    'input',
    'ses.tenant',
    `ses.tenant: "${text}" is no tenant name: letters, digits, _ and -, at most 64.`,
  );
}

/** Inbound hosts as flags say them (HOST or HOST:PREFERENCE), else as the profile does; undefined: inbound mail is left alone. Throws a Problem. */
export function parseMx(flags: readonly string[] | undefined, profile: Profile['mx']): readonly MxHost[] | undefined {
  const entries = flags ?? profile;
  if (entries === undefined || entries === 'none') return undefined;
  if (entries.length === 1 && entries[0] === 'none') return undefined;
  const hosts = entries.map((entry, index): MxHost => {
    if (typeof entry !== 'string') return { host: hostName(entry.host, 'mx'), preference: entry.preference };
    const [host = '', preference] = entry.split(':', 2);
    const value = preference === undefined ? (index + 1) * 10 : Number(preference);
    if (!Number.isInteger(value) || value < 0 || value > 65_535) {
      throw new Problem(
        'input',
        'mx.preference',
        `mx: "${entry}" has no preference between 0 and 65535 after the colon.`,
        { fix: 'Write HOST or HOST:PREFERENCE, for example mx.example.com:10.' },
      );
    }
    return { host: hostName(host, 'mx'), preference: value };
  });
  const twice = hosts.find((one, index) => hosts.findIndex((other) => other.host === one.host) !== index);
  if (twice) throw new Problem('input', 'mx.twice', `mx: ${twice.host} is named twice.`);
  return hosts;
}
