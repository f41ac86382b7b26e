import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig, sourceOf } from '../config.ts';
import { type Config, settingsOf } from '../config-schema.ts';
import type { Diagnosis } from '../core/diagnosis.ts';
import { toDiagnosis } from '../core/diagnosis.ts';
import { parseDomain } from '../core/domain.ts';
import { Problem, toProblem } from '../core/problem.ts';
import { withSettings } from '../core/profile/env-text.ts';
import type { DnsProviderFile } from '../integrations/dns/provider-file.ts';
import { DNS_PROVIDERS, type DnsProviderName } from '../integrations/dns/providers.ts';
import { isIgnored } from '../integrations/machine/env-file.ts';
import { type FileToWrite, readIfThere, writeTogether } from '../integrations/machine/write-files.ts';
import { openSesClient } from '../integrations/ses/client.ts';
import { examineSes } from '../integrations/ses/examine.ts';
import { parseRegion } from '../integrations/ses/regions.ts';
import type { AwsSettings } from '../integrations/wire/aws/aws.ts';
import { listAwsProfiles } from '../integrations/wire/aws/aws-profiles.ts';
import { openResolver } from '../integrations/wire/dns/resolver.ts';
import { openPace } from '../planning/pace.ts';
import { awsSettings, systemClock } from './planner.ts';

/** One setting that a DNS provider can't do without. */
export interface NeededSetting {
  /** Its environment name. */
  readonly env: string;
  readonly title: string;
  readonly secret: boolean;
  /** Where it has a value already. */
  readonly source: 'environment' | '.env' | undefined;
}

/** A DNS provider to choose. */
export interface ProviderChoice {
  readonly name: string;
  readonly title: string;
  /** What gives the credentials, as a sentence's part. */
  readonly credentials: string;
  readonly needs: readonly NeededSetting[];
}

/** AWS credentials beside those that are set: typed ones, or a profile of ~/.aws. */
export type TypedAws = Pick<AwsSettings, 'accessKeyId' | 'secretAccessKey' | 'profile'>;

/** What is to be written at the end. */
export interface FirstFiles {
  readonly profileName: string;
  readonly profile: string;
  readonly settings: Readonly<Record<string, string>>;
  /** Settings whose value in .env is to be replaced. */
  readonly replace: ReadonlySet<string>;
  /** Whether a profile of that name may be replaced. */
  readonly overwrite: boolean;
}

/** What a first set-up asks, tries and writes. Typed values are environment names with their values. */
export interface Init {
  readonly config: Config;
  readonly providers: readonly ProviderChoice[];
  readonly awsProfiles: readonly string[];
  /** Where AWS keys are set already. */
  readonly awsKeys: { readonly source: 'environment' | '.env'; readonly profile: boolean } | undefined;
  parseDomain(text: string): string;
  parseRegion(text: string): string;
  /** Who serves the domain, by its delegation, and which provider that is; and where its mail is received now. */
  lookUp(domain: string): Promise<{ servers: readonly string[]; provider?: string; mx: readonly string[] }>;
  /** The account of the credentials, or what is wrong with them. */
  tryAws(typed: TypedAws): Promise<{ account: string; arn: string } | Problem>;
  /** What SES says in these regions; permissions are left to doctor. */
  tryRegions(typed: TypedAws, regions: readonly string[]): Promise<readonly Diagnosis[]>;
  tryDns(
    provider: string,
    domain: string,
    typed: Readonly<Record<string, string>>,
    aws: TypedAws,
  ): Promise<readonly Diagnosis[]>;
  /** Where a setting has a value already. */
  sourceOf(env: string): 'environment' | '.env' | undefined;
  /** A setting's value as it is now: for .env, never for people. */
  valueOf(env: string): string | undefined;
  hasProfile(name: string): boolean;
  /** What would be written, as paths and words. */
  describe(files: FirstFiles): Promise<readonly string[]>;
  /** Writes all or nothing. Throws a Problem where a profile of that name is there. */
  write(files: FirstFiles): Promise<void>;
  close(): void;
}

/** Opens it in this folder. Throws Problems for a configuration that is wrong already. */
export async function openInit(folder = process.cwd()): Promise<Init> {
  const config = loadConfig();
  const resolver = openResolver(config.dns);
  const pace = openPace({ burst: config.ses.burst, perSecond: config.ses.rate }, systemClock);
  const needs = { pace, clock: systemClock };
  const awsWith = (typed: TypedAws): AwsSettings => ({ ...awsSettings(config), ...typed });
  const profilePath = (name: string) => join(folder, 'profiles', `${name}.yaml`);

  return {
    config,
    providers: Object.values(DNS_PROVIDERS).map((file) => toChoice(file)),
    awsProfiles: await listAwsProfiles(),
    awsKeys: keysOf(config),
    parseDomain: (text) => parseDomain(text, { allowSpecialUse: config.domains.allowSpecialUse }),
    parseRegion,
    async lookUp(domain) {
      const found = await resolver.zoneOf(domain);
      const servers = found.status === 'present' ? found.servers : [];
      const files: readonly DnsProviderFile[] = Object.values(DNS_PROVIDERS);
      const provider = files.find((file) => servers.some((server) => file.serves(server)))?.name;
      const answer = servers.length > 0 ? await resolver.authoritative({ name: domain, type: 'MX' }) : undefined;
      const mx = (answer?.values ?? []).map((value) => value.split(' ')[1] ?? '').filter((host) => host !== '');
      return { servers, mx, ...(provider === undefined ? {} : { provider }) };
    },
    async tryAws(typed) {
      const client = await openSesClient(awsWith(typed), needs);
      try {
        return await client.caller();
      } catch (error) {
        return toProblem(error);
      } finally {
        client.close();
      }
    },
    async tryRegions(typed, regions) {
      const nothing = { domains: [], tenants: [], configurationSets: [], txt: false };
      const lines = await examineSes(awsWith(typed), { ...nothing, regions }, needs);
      return lines.filter((one) => one.permission?.proof !== 'simulation' && one.status !== 'unprovable');
    },
    async tryDns(provider, domain, typed, aws) {
      const file: DnsProviderFile = DNS_PROVIDERS[provider as DnsProviderName];
      const at = { id: `${provider}.credentials`, system: provider };
      try {
        const parsed = file.settings.parse({
          ...config.dnsProviders[provider as DnsProviderName],
          ...keyed(file, typed),
        });
        const timeoutMs = config.calls.timeout * 1000;
        const opened = await file.open(parsed as never, { ...needs, resolver, timeoutMs, aws: awsWith(aws) });
        if (opened.examine) return await opened.examine([domain]);
        const zone = await opened.findZone(domain);
        return [{ ...at, status: 'ok', says: `${zone.name}, ${zone.account}` }];
      } catch (error) {
        return [toDiagnosis(toProblem(error), at)];
      }
    },
    sourceOf: (env) => sourceOf(env),
    valueOf: (env) => settingOf(config, env),
    hasProfile: (name) => existsSync(profilePath(name)),
    describe: async (files) =>
      (await toWrite(folder, files)).map(({ path, said }) => `${path.slice(folder.length + 1)}${said}`),
    async write(files) {
      const path = profilePath(files.profileName);
      if (existsSync(path) && !files.overwrite) throw profileThere(files.profileName);
      writeTogether(await toWrite(folder, files));
    },
    close: () => resolver.close(),
  };
}

/** Somebody's profile is nobody else's to replace. */
export function profileThere(name: string): Problem {
  return new Problem('input', 'init.profile-exists', `profiles/${name}.yaml is there already; nothing was written.`, {
    fix: 'Choose another name (--profile-name), or say --overwrite.',
  });
}

async function toWrite(folder: string, files: FirstFiles): Promise<readonly (FileToWrite & { said: string })[]> {
  const profile = join(folder, 'profiles', `${files.profileName}.yaml`);
  const env = join(folder, '.env');
  const ignore = join(folder, '.gitignore');
  const [envBefore, ignoreBefore] = [readIfThere(env), readIfThere(ignore)];
  const { text, added, replaced } = withSettings(envBefore ?? '', files.settings, files.replace);
  const changes = added.length + replaced.length > 0;
  const secret = changes || envBefore !== undefined;
  const line = ignoreBefore === undefined || ignoreBefore === '' || ignoreBefore.endsWith('\n') ? '.env\n' : '\n.env\n';
  return [
    { path: profile, text: files.profile, mode: 0o644, before: readIfThere(profile), said: '' },
    ...(changes
      ? [
          {
            path: env,
            text,
            mode: 0o600,
            force: true,
            before: envBefore,
            said: `, mode 600: ${[...added, ...replaced].join(', ')}`,
          },
        ]
      : []),
    ...(secret && (await isIgnored(folder)) === 'no'
      ? [{ path: ignore, text: `${ignoreBefore ?? ''}${line}`, mode: 0o644, before: ignoreBefore, said: ': .env' }]
      : []),
  ];
}

/** The settings without which a provider can't be opened; those with defaults are left alone. */
function toChoice(file: DnsProviderFile): ProviderChoice {
  const needs = Object.values(file.settings.shape).flatMap((field): NeededSetting[] => {
    if (field.safeParse(undefined).success) return [];
    const { env = '', title = env, secret = false } = (field.meta() ?? {}) as Partial<NeededSetting>;
    return [{ env, title, secret, source: sourceOf(env) }];
  });
  return { name: file.name, title: file.title, credentials: file.credentials, needs };
}

/** Values by environment name as the provider's schema names them. */
function keyed(file: DnsProviderFile, typed: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(file.settings.shape).flatMap(([key, field]) => {
      const value = typed[((field.meta() ?? {}) as { env?: string }).env ?? ''];
      return value === undefined ? [] : [[key, value]];
    }),
  );
}

function keysOf({ aws }: Config): Init['awsKeys'] {
  const name = aws.accessKeyId ? 'AWS_ACCESS_KEY_ID' : aws.profile ? 'AWS_PROFILE' : undefined;
  const source = name === undefined ? undefined : sourceOf(name);
  return source === undefined ? undefined : { source, profile: name === 'AWS_PROFILE' };
}

function settingOf(config: Config, env: string): string | undefined {
  const path = settingsOf().find(({ setting }) => setting.env === env)?.path ?? [];
  const value = path.reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], config);
  return typeof value === 'string' ? value : undefined;
}
