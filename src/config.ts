import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import type * as z from 'zod';
import { type Config, configSchema, type Setting, settingsOf } from './config-schema.ts';
import { Problem, Problems } from './core/problem.ts';
import { DNS_PROVIDERS, type DnsProviderName } from './integrations/dns/providers.ts';

/** Reads environment and .env (the environment wins), checks everything at once and freezes it. Throws Problems. */
export function loadConfig(environment: NodeJS.ProcessEnv = process.env, folder = process.cwd()): Config {
  const env = { ...readDotEnv(join(folder, '.env')), ...environment };
  const problems: Problem[] = [];
  const data: Record<string, unknown> = {
    aws: {},
    ses: {},
    dnsProviders: Object.fromEntries(Object.keys(DNS_PROVIDERS).map((name) => [name, {}])),
    dns: {},
    doctor: {},
    mailcow: {},
    relay: {},
    ssh: {},
    mailbox: {},
    smtp: {},
    calls: {},
    domains: {},
    sandbox: {},
  };
  for (const { path, setting } of settingsOf()) {
    const value = readSetting(setting, env, problems);
    if (value !== undefined) put(data, path, value);
  }
  const result = configSchema.safeParse(data);
  if (!result.success) {
    const named = new Map(settingsOf().map(({ path, setting }) => [path.join('.'), setting.env]));
    problems.push(
      ...result.error.issues.map((issue) => {
        const path = issue.path.join('.');
        return new Problem('input', 'config.value', `${named.get(path) ?? path}: ${issue.message}.`);
      }),
    );
    throw new Problems(problems);
  }
  const { accessKeyId, secretAccessKey } = result.data.aws;
  if ((accessKeyId === undefined) !== (secretAccessKey === undefined)) {
    const [set, unset] =
      accessKeyId === undefined
        ? ['AWS_SECRET_ACCESS_KEY', 'AWS_ACCESS_KEY_ID']
        : ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'];
    problems.push(
      new Problem('input', 'config.half-key', `${set} is set, ${unset} is not.`, {
        fix: 'Set both, or neither to use a profile, SSO or a role.',
      }),
    );
  }
  const mixed = mixedEndpoints(result.data);
  if (mixed) problems.push(mixed);
  if (problems.length > 0) throw new Problems(problems);
  return freeze(result.data);
}

function readSetting(setting: Setting, env: NodeJS.ProcessEnv, problems: Problem[]): string | undefined {
  const plain = env[setting.env];
  const file = setting.secret ? env[`${setting.env}_FILE`] : undefined;
  const checked = (text: string): string => {
    // A secret goes into a header: a line break in it would make the client quote it in an error.
    if (setting.secret && /[\s\p{Cc}]/u.test(text)) {
      problems.push(
        new Problem('input', 'config.secret-shape', `${setting.env} has white space or a line break inside.`, {
          fix: 'Copy it again, in one line.',
        }),
      );
    }
    return text;
  };
  if (plain !== undefined && plain.trim() !== '') return checked(plain.trim());
  const general = setting.fallback === undefined ? undefined : env[setting.fallback]?.trim();
  if (general) return general;
  if (file === undefined) return undefined;
  try {
    return checked(readFileSync(file, 'utf8').trim());
  } catch (error) {
    problems.push(
      new Problem(
        'input',
        'config.secret-file',
        `${setting.env}_FILE: ${file} can't be read (${(error as Error).message}).`,
      ),
    );
    return undefined;
  }
}

/** Where a setting's value comes from: the environment wins over .env. Undefined where it has none. */
export function sourceOf(
  name: string,
  environment: NodeJS.ProcessEnv = process.env,
  folder = process.cwd(),
): 'environment' | '.env' | undefined {
  const dotEnv = readDotEnv(join(folder, '.env'));
  const env = { ...dotEnv, ...environment };
  // An empty variable of the environment hides what .env says.
  const at = [name, `${name}_FILE`].find((one) => (env[one]?.trim() ?? '') !== '');
  return at === undefined ? undefined : environment[at] === undefined ? '.env' : 'environment';
}

function put(data: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [key = '', ...rest] = path;
  if (rest.length === 0) data[key] = value;
  else put(data[key] as Record<string, unknown>, rest, value);
}

function readDotEnv(path: string): NodeJS.ProcessEnv {
  try {
    return parseEnv(readFileSync(path, 'utf8')) as NodeJS.ProcessEnv;
  } catch {
    return {};
  }
}

/** A sandbox for one system and the real thing for another would mix play and earnest. */
function mixedEndpoints(config: z.output<typeof configSchema>): Problem | undefined {
  const endpoints = [
    ['AWS_ENDPOINT_URL_SESV2', config.aws.sesEndpoint ?? 'https://email.amazonaws.com'],
    ...(config.aws.sesV1Endpoint === undefined ? [] : [['AWS_ENDPOINT_URL_SES', config.aws.sesV1Endpoint] as const]),
    ['AWS_ENDPOINT_URL_STS', config.aws.stsEndpoint ?? 'https://sts.amazonaws.com'],
    // Asked by doctor and for SMTP credentials, and never where SES is a stand-in and it is not.
    ...(config.aws.iamEndpoint === undefined ? [] : [['AWS_ENDPOINT_URL_IAM', config.aws.iamEndpoint] as const]),
    ...config.ses.smtp.map((one) => ['MAILWRIGHT_SES_SMTP', `smtp://${one.replace(/^.*=/, '')}`] as const),
    ...dnsEndpoints(config),
    ...(config.mailcow.apiKey === undefined ? [] : [['MAILCOW_URL', config.mailcow.url ?? 'https://mailcow'] as const]),
  ] as const;
  const isLocal = (url: string) => URL.canParse(url) && /^(localhost|127\.|\[::1\])/.test(new URL(url).hostname);
  const named = (list: readonly (readonly [name: string, url: string])[]) => [...new Set(list.map(([name]) => name))];
  const local = named(endpoints.filter(([, url]) => isLocal(url)));
  const real = named(endpoints.filter(([, url]) => !isLocal(url)));
  if (local.length === 0 || real.length === 0) return undefined;
  return new Problem(
    'input',
    'config.mixed',
    `${local.join(', ')} point at this machine, ${real.join(', ')} at the real service: a run would be half play, half earnest.`,
    {
      fix: 'Point all of them at a sandbox (mailwright sandbox --env-file .env), or none.',
    },
  );
}

/** Where the DNS providers are that could be used: those without credentials of their own are never asked. */
function dnsEndpoints(config: z.output<typeof configSchema>): (readonly [name: string, url: string])[] {
  return settingsOf(configSchema.shape.dnsProviders, ['dnsProviders']).flatMap(
    ({ path: [, provider = '', key], setting }) => {
      if (key !== 'endpoint' || !isConfigured(config, provider as DnsProviderName)) return [];
      const url = config.dnsProviders[provider as DnsProviderName].endpoint;
      // One without a default is the SDK's to know, and the real one.
      return [[setting.env, url ?? 'https://amazonaws.com'] as const];
    },
  );
}

/** Whether a provider has all that it can't do without. */
export function isConfigured(
  config: Pick<z.output<typeof configSchema>, 'dnsProviders'>,
  provider: DnsProviderName,
): boolean {
  return DNS_PROVIDERS[provider].settings.safeParse(config.dnsProviders[provider]).success;
}

function freeze<T extends object>(value: T): T {
  for (const inner of Object.values(value)) if (inner !== null && typeof inner === 'object') freeze(inner as object);
  return Object.freeze(value);
}

/** The folder that the command line keeps its memory in: --state, MAILWRIGHT_STATE, else the user's state folder (XDG). */
export function stateFolder(config: Config, flagged?: string): string {
  const base = process.env.XDG_STATE_HOME ?? join(homedir(), '.local', 'state');
  return flagged ?? config.state ?? join(base, 'mailwright');
}

/** The configuration for people: secrets masked. */
export function maskedConfig(config: Config): { name: string; value: string; title: string }[] {
  return settingsOf().map(({ path, setting }) => {
    const value = path.reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], config);
    const shown =
      value === undefined
        ? '(not set)'
        : setting.secret
          ? '********'
          : Array.isArray(value)
            ? value.join(',')
            : String(value);
    return { name: setting.env, value: shown, title: setting.title ?? '' };
  });
}

/** The user's configuration folder (XDG). */
export function configHome(): string {
  return process.env.XDG_CONFIG_HOME ?? join(homedir(), '.config');
}
