import type { FirstFiles, Init, ProviderChoice, TypedAws } from '../../app/init.ts';
import { parseAddress } from '../../core/address.ts';
import { registeredDomain } from '../../core/domain.ts';
import { nearest } from '../../core/nearest.ts';
import { Problem } from '../../core/problem.ts';
import { firstProfile, profileNameOf } from '../../core/profile/first-profile.ts';
import { parseMx, parseTenant } from '../../core/profile/resolve-spec.ts';
import { showLines } from '../show/show-diagnoses.ts';
import { type Asker, missing } from './asker.ts';
import { askAws, askDnsCredentials } from './interview-credentials.ts';

/** What flags say already: no question is asked about it. */
export interface Given {
  readonly domain?: string | undefined;
  readonly dns?: string | undefined;
  readonly regions?: readonly string[] | undefined;
  readonly tenant?: string | undefined;
  readonly profileName?: string | undefined;
  readonly mx?: readonly string[] | undefined;
  readonly reports?: string | undefined;
  readonly awsProfile?: string | undefined;
  /** Secrets of the environment go into .env, too. */
  readonly saveSecrets: boolean;
  readonly overwrite: boolean;
}

/** What it came to: the files, and the domain of the first plan. */
export interface Interviewed extends FirstFiles {
  readonly domain: string;
}

/** Asks the few questions that matter, and tries every credential as soon as it is known. Nothing is written. */
export async function interview(init: Init, given: Given, ask: Asker): Promise<Interviewed> {
  const domain = await askDomain(init, given, ask);
  const found = await init.lookUp(domain);
  const provider = await askProvider(init, given, ask, domain, found);
  if (!ask.person) refuseMissing(provider);
  const aws = await askAws(init, given, ask);
  const dns = await askDnsCredentials(init, given, ask, { provider, domain, aws: aws.typed });
  const regions = await askRegions(init, given, ask, aws.typed);
  const mx = await askMx(given, ask, domain, found.mx);
  const reports = await askReports(given, ask, domain);
  const tenant = await askTenant(given, ask);
  const { profileName, overwrite } = await askProfileName(init, given, ask, domain);
  const answers = { domain, dns: provider.name, regions, account: aws.account, tenant, mx, reports };
  return {
    domain,
    profileName,
    overwrite,
    profile: firstProfile(answers, profileName),
    settings: { ...aws.settings, ...dns.settings },
    replace: new Set([...aws.replace, ...dns.replace]),
  };
}

async function askDomain(init: Init, given: Given, ask: Asker): Promise<string> {
  if (given.domain !== undefined) return init.parseDomain(given.domain);
  return ask.text({
    message: 'Which domain shall send mail?',
    flag: '--domain',
    placeholder: 'example.com',
    parse: (text) => init.parseDomain(text),
  });
}

async function askProvider(
  init: Init,
  given: Given,
  ask: Asker,
  domain: string,
  found: Awaited<ReturnType<Init['lookUp']>>,
): Promise<ProviderChoice> {
  const byName = (name: string) => init.providers.find((one) => one.name === name);
  if (given.dns !== undefined) {
    const named = byName(given.dns);
    if (named) return named;
    const names = init.providers.map((one) => one.name);
    const meant = nearest(given.dns, names);
    throw new Problem(
      'input',
      'dns.provider',
      `--dns: "${given.dns}" is no DNS provider${meant ? `; did you mean ${meant}?` : '.'}`,
      {
        fix: `Providers: ${names.join(', ')}.`,
      },
    );
  }
  const served =
    found.servers.length > 0 ? `is served by ${found.servers.join(', ')}` : 'is not delegated, or can’t be looked up';
  const known = found.provider === undefined ? undefined : byName(found.provider);
  ask.tell(`${domain} ${served}${known ? `: ${known.title}` : ''}.`);
  if (!ask.person && !known) throw missing(['--dns (who serves the domain can’t be told from its name servers)']);
  const chosen = await ask.choose(
    'Who serves its DNS?',
    init.providers.map((one) => ({ value: one.name, label: one.title, hint: one.credentials })),
    known?.name ?? 'manual',
  );
  return byName(chosen) as ProviderChoice;
}

/** Without a person, all that is missing is named at once. */
function refuseMissing(provider: ProviderChoice): void {
  const unset = provider.needs.filter((one) => one.source === undefined).map((one) => one.env);
  if (unset.length > 0) throw missing(unset);
}

async function askRegions(init: Init, given: Given, ask: Asker, aws: TypedAws): Promise<readonly string[]> {
  const parse = (text: string) => {
    const all = text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '');
    return [...new Set((all.length > 0 ? all : ['us-east-1']).map(init.parseRegion))];
  };
  let initial = (given.regions ?? init.config.ses.regions ?? ['us-east-1']).join(', ');
  for (;;) {
    const regions =
      given.regions !== undefined
        ? parse(initial)
        : await ask.text({
            message: 'From which SES regions? The first makes the keys.',
            flag: '--ses-regions',
            initial,
            parse,
          });
    const lines = (await init.tryRegions(aws, regions)).filter(
      (one) => one.id !== 'ses.credentials' && !one.permission,
    );
    for (const line of showLines(lines)) ask.tell(line);
    const wrong = lines.some((one) => one.status === 'broken');
    if (!wrong || given.regions !== undefined || !ask.person) return regions;
    if (await ask.confirm('Go on with these regions all the same?', false)) return regions;
    initial = regions.join(', ');
  }
}

async function askMx(given: Given, ask: Asker, domain: string, now: readonly string[]) {
  const hosts = (texts: readonly string[]) => parseMx(texts, undefined) ?? [];
  if (given.mx !== undefined) return hosts(given.mx);
  ask.tell(
    now.length > 0 ? `Mail for ${domain} is received by ${now.join(', ')}.` : `Nobody receives mail for ${domain} yet.`,
  );
  const choice = await ask.choose(
    'Shall Mailwright publish who receives mail for the domain (MX)?',
    [
      { value: 'none', label: 'No: inbound mail stays as it is' },
      { value: 'hosts', label: 'Yes: at mail hosts of mine' },
    ],
    'none',
  );
  if (choice === 'none') return [];
  return ask.text({
    message: 'Which hosts? The first is preferred.',
    flag: '--mx',
    placeholder: 'mx1.example.net, mx2.example.net',
    parse: (text) => hosts(text.split(/[\s,]+/).filter((part) => part !== '')),
  });
}

async function askReports(given: Given, ask: Asker, domain: string): Promise<string | undefined> {
  const usual = `dmarc@${domain}`;
  const parse = (text: string) => parseAddress(text, '--dmarc-email').address;
  const address =
    given.reports === undefined
      ? await ask.text({
          message: 'Where shall receivers send DMARC reports (who sends in the domain’s name)?',
          flag: '--dmarc-email',
          initial: usual,
          parse,
        })
      : parse(given.reports);
  return address === usual ? undefined : address;
}

async function askTenant(given: Given, ask: Asker): Promise<string | undefined> {
  if (given.tenant !== undefined) return parseTenant(given.tenant);
  return ask.text({
    message: 'An SES tenant for the domain? Leave it empty for none.',
    flag: '--ses-tenant',
    initial: '',
    parse: (text) => (text.trim() === '' ? undefined : parseTenant(text.trim())),
  });
}

async function askProfileName(init: Init, given: Given, ask: Asker, domain: string) {
  const parse = (text: string) => {
    if (/^[A-Za-z0-9][\w-]{0,63}$/.test(text.trim())) return text.trim();
    throw new Problem('input', 'init.profile-name', `"${text}" is no name for a profile: letters, digits, - and _.`);
  };
  const initial = profileNameOf(registeredDomain(domain));
  for (;;) {
    const profileName =
      given.profileName === undefined
        ? await ask.text({
            message: 'A name for the profile (profiles/NAME.yaml)?',
            flag: '--profile-name',
            initial,
            parse,
          })
        : parse(given.profileName);
    if (given.overwrite || !init.hasProfile(profileName) || !ask.person)
      return { profileName, overwrite: given.overwrite };
    if (await ask.confirm(`profiles/${profileName}.yaml is there already: replace it?`, false))
      return { profileName, overwrite: true };
    if (given.profileName !== undefined) return { profileName, overwrite: false };
  }
}
