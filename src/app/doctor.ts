import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadConfig, stateFolder } from '../config.ts';
import type { Config } from '../config-schema.ts';
import type { Diagnosis } from '../core/diagnosis.ts';
import type { DomainSpec, RelaySpec } from '../core/domain-spec.ts';
import type { Profile } from '../core/profile/profile.ts';
import type { Examiner } from '../domains/doctor.ts';
import { examineDns } from '../domains/examine-dns.ts';
import { testDnsWrites } from '../domains/write-test.ts';
import { examineMachine } from '../integrations/machine/examine.ts';
import { examineMailcow } from '../integrations/mailcow/examine.ts';
import type { MailcowSettings } from '../integrations/mailcow/settings.ts';
import { examineRelay } from '../integrations/postfix/examine.ts';
import { examineSes, type SesQuestion } from '../integrations/ses/examine.ts';
import { parseRegion } from '../integrations/ses/regions.ts';
import { testSesWrites } from '../integrations/ses/write-test.ts';
import { openResolver } from '../integrations/wire/dns/resolver.ts';
import { openPace } from '../planning/pace.ts';
import { dnsOf, openCandidates, openDnsFor, withoutCredentials } from './dns-providers.ts';
import { type DomainRequest, loadDomains, loadProfile } from './load-domain.ts';
import { awsSettings, systemClock } from './planner.ts';
import { type AskSecret, describedHosts, sshNeeds } from './relays.ts';

/** What `mailwright doctor` looks with. */
export interface Doctor {
  readonly domains: readonly string[];
  readonly examiners: readonly Examiner[];
  /** Those that write and remove something harmless, to be let in after the others. */
  writeTests(stop: AbortSignal): readonly Examiner[];
  close(): void;
}

/** Longer than SES's pace and Porkbun's need for some domains. */
const LIMIT_MS = 120_000;

/** Opens it for the domains that are named (or the profile's); without any, what does not depend on a domain is looked at. */
export function openDoctor(request: DomainRequest, version: string, ask?: AskSecret): Doctor {
  const { config, profile, specs, state } = load(request);
  const dns = specs[0]?.dns ?? dnsOf(profile, request.flags.dns);
  const names = specs.map((spec) => spec.domain);
  const pace = openPace({ burst: config.ses.burst, perSecond: config.ses.rate }, systemClock);
  const resolver = openResolver(config.dns);
  const needs = { clock: systemClock, pace, resolver, aws: awsSettings(config) };
  const ses = { pace, clock: systemClock };
  const question = sesQuestion(config, profile, specs, request);
  const dnsFor = openDnsFor(config, dns, needs);
  const described = specs.length > 0 ? undefined : describedHosts(request.profile);
  const named = [...specs.flatMap((spec) => spec.relays ?? []), ...(described?.relays ?? [])];
  const relays = unique(named.filter(({ managed }) => managed));
  const mailcows = mailcowsOf(config, specs, described?.mailcow);
  const candidates = openCandidates(config, dns, needs);
  const examiner = (system: string, examine: Examiner['examine']): Examiner => ({ system, limitMs: LIMIT_MS, examine });
  return {
    domains: names,
    // A further system is one more line here, with an `examine` in its own folder of integrations.
    examiners: [
      examiner('machine', () => examineMachine({ ...machineQuestion(config, state), version })),
      examiner('ses', () => examineSes(needs.aws, question, ses)),
      examiner('dns', () => examineDns(names, { candidates, dnsFor, resolver })),
      ...relays.map((relay) =>
        examiner(`postfix ${relay.host}`, () => examineRelay(relay, sshNeeds(config, relay, ask))),
      ),
      ...mailcows.map((host) =>
        examiner('mailcow', () =>
          examineMailcow(config.mailcow as MailcowSettings, names, { host, timeoutMs: config.calls.timeout * 1000 }),
        ),
      ),
      examiner('unconfigured', async () => unconfigured(config, new Set(candidates.map((one) => one.name)))),
    ],
    writeTests: (stop) => {
      const mark = randomBytes(4).toString('hex');
      return [
        examiner('dns', () => testDnsWrites(names, { mark, dnsFor, stop })),
        examiner('ses', async () => {
          const home = await readHome(state);
          const test = { regions: question.regions, domains: names, home, name: `mailwright-check-${mark}`, stop };
          return testSesWrites(needs.aws, test, ses);
        }),
      ];
    },
    close: () => resolver.close(),
  };
}

function unique(relays: readonly RelaySpec[]): readonly RelaySpec[] {
  return [...new Map(relays.map((relay) => [relay.host, relay])).values()];
}

/** Those of the domains; without any, the profile's, or the one that has an address in the environment. */
function mailcowsOf(config: Config, specs: readonly DomainSpec[], described: string | undefined): readonly string[] {
  const { url } = config.mailcow;
  if (specs.length > 0) return [...new Set(specs.flatMap((spec) => spec.mailcow?.host ?? []))];
  return described === undefined && url !== undefined ? [new URL(url).hostname] : [described ?? []].flat();
}

function load(request: DomainRequest) {
  const profile = loadProfile(request);
  const named = request.domains.length > 0 || request.from !== undefined || profile.domain !== undefined;
  if (named) return { profile, ...loadDomains(request) };
  const config = loadConfig();
  return { profile, config, specs: [] as readonly DomainSpec[], state: stateFolder(config, request.state) };
}

function sesQuestion(
  config: Config,
  profile: Profile,
  specs: readonly DomainSpec[],
  request: DomainRequest,
): SesQuestion {
  const wanted = request.flags.sesRegions ?? config.ses.regions ?? profile.ses?.regions ?? ['us-east-1'];
  const all = specs.flatMap(({ ses }) => (ses ? [ses] : []));
  const given = (values: readonly (string | undefined)[]) => [...new Set(values.filter((one) => one !== undefined))];
  return {
    account: all[0]?.account ?? profile.ses?.account,
    domains: specs.map((spec) => spec.domain),
    regions: [...new Set(wanted.map(parseRegion))],
    tenants: given(all.map((one) => one.tenant)),
    configurationSets: given(all.map((one) => one.configurationSet ?? one.tenant)),
    txt: all.some((one) => one.verification === 'dkim+txt'),
  };
}

function machineQuestion(config: Config, state: string) {
  const { token, endpoint } = config.dnsProviders.cloudflare;
  return {
    stateFolder: state,
    folder: process.cwd(),
    clocks: [
      { who: 'AWS', url: config.aws.stsEndpoint ?? 'https://sts.amazonaws.com/' },
      ...(token === undefined || endpoint === undefined ? [] : [{ who: 'Cloudflare', url: endpoint }]),
    ],
    smtpProbe: config.doctor.smtpProbe,
    roots: config.doctor.roots,
    dnsPort: config.dns.port,
    timeoutMs: Math.min(config.calls.timeout * 1000, 10_000),
  };
}

/** Providers that nobody gave credentials and nobody named, one line each. */
function unconfigured(config: Config, asked: ReadonlySet<string>): Diagnosis[] {
  return withoutCredentials(config)
    .filter(({ name }) => !asked.has(name))
    .map(({ name, title, credentials }) => ({
      id: `${name}.credentials`,
      system: name,
      status: 'unconfigured',
      says: `nobody configured it (${title} needs ${credentials})`,
    }));
}

/** The installation's own name, where it has one: a look makes none. */
async function readHome(folder: string): Promise<string | undefined> {
  try {
    return (JSON.parse(await readFile(join(folder, 'installation.json'), 'utf8')) as { id?: string }).id;
  } catch {
    return undefined;
  }
}
