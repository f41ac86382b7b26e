import * as z from 'zod';
import { DNS_PROVIDERS, type DnsProviderName } from './integrations/dns/providers.ts';
import { settings as mailcowSettings } from './integrations/mailcow/settings.ts';

/** What a setting's schema says of it: its environment name and whether it is a secret. */
export interface Setting {
  readonly env: string;
  readonly secret?: boolean;
  /** A more general variable that counts where this one is not set. */
  readonly fallback?: string;
  readonly title?: string;
}

const list = z.string().transform((text) => parseList(text));
const flag = z.enum(['true', 'false', '1', '0', 'yes', 'no']).transform((text) => ['true', '1', 'yes'].includes(text));
const port = z.coerce.number().int().min(1).max(65_535);

/** Every setting, with its environment name; the DNS providers' come from their own files. */
export const configSchema = z.strictObject({
  state: z.string().meta({ env: 'MAILWRIGHT_STATE', title: 'Folder of journals, ownership and locks' }).optional(),
  aws: z.strictObject({
    accessKeyId: z
      .string()
      .meta({ env: 'AWS_ACCESS_KEY_ID', title: 'AWS access key; without it the SDK looks for profiles, SSO and roles' })
      .optional(),
    secretAccessKey: z
      .string()
      .meta({ env: 'AWS_SECRET_ACCESS_KEY', secret: true, title: 'AWS secret key' })
      .optional(),
    sessionToken: z
      .string()
      .meta({ env: 'AWS_SESSION_TOKEN', secret: true, title: 'Token of temporary credentials' })
      .optional(),
    profile: z.string().meta({ env: 'AWS_PROFILE', title: 'Profile of ~/.aws/config' }).optional(),
    sesEndpoint: z
      .url()
      .meta({
        env: 'AWS_ENDPOINT_URL_SESV2',
        fallback: 'AWS_ENDPOINT_URL',
        title: 'SES address, where it is not AWS’s own',
      })
      .optional(),
    sesV1Endpoint: z
      .url()
      .meta({ env: 'AWS_ENDPOINT_URL_SES', title: 'Address of SES’s first API, where it is not that of the second' })
      .optional(),
    stsEndpoint: z
      .url()
      .meta({
        env: 'AWS_ENDPOINT_URL_STS',
        fallback: 'AWS_ENDPOINT_URL',
        title: 'STS address, where it is not AWS’s own',
      })
      .optional(),
    iamEndpoint: z
      .url()
      .meta({
        env: 'AWS_ENDPOINT_URL_IAM',
        fallback: 'AWS_ENDPOINT_URL',
        title: 'IAM address, where it is not AWS’s own',
      })
      .optional(),
  }),
  ses: z.strictObject({
    regions: list.meta({ env: 'SES_REGIONS', title: 'Regions: a,b or a JSON list' }).optional(),
    tenant: z.string().meta({ env: 'SES_TENANT', title: 'SES tenant' }).optional(),
    smtp: list
      .default([])
      .meta({ env: 'MAILWRIGHT_SES_SMTP', title: 'SMTP endpoints, where they are not AWS’s own: REGION=HOST:PORT,…' }),
    burst: z.coerce.number().positive().default(10).meta({
      env: 'MAILWRIGHT_SES_CONTROL_BURST',
      title: 'Control calls that may go at once, per account and region',
    }),
    rate: z.coerce
      .number()
      .positive()
      .default(1)
      .meta({ env: 'MAILWRIGHT_SES_CONTROL_RATE', title: 'Control calls a second after that' }),
  }),
  // What a provider can't do without is asked for when it is used.
  dnsProviders: z.strictObject(
    Object.fromEntries(
      Object.entries(DNS_PROVIDERS).map(([name, { settings }]) => [name, (settings as z.ZodObject).partial()]),
    ) as unknown as Record<DnsProviderName, z.ZodType<Readonly<Record<string, string | undefined>>>>,
  ),
  dns: z.strictObject({
    port: port.default(53).meta({ env: 'MAILWRIGHT_DNS_PORT', title: 'Port of authoritative servers' }),
    publicResolvers: list
      .default([])
      .meta({ env: 'MAILWRIGHT_DNS_PUBLIC_RESOLVERS', title: 'Recursive resolvers; without them the system’s' }),
    allowPrivate: flag
      .default(false)
      .meta({ env: 'MAILWRIGHT_DNS_ALLOW_PRIVATE', title: 'Ask name servers at private addresses' }),
  }),
  doctor: z.strictObject({
    roots: list.default(['198.41.0.4', '170.247.170.2']).meta({
      env: 'MAILWRIGHT_DNS_ROOTS',
      title: 'Addresses of root servers: what doctor asks to see whether port 53 is open',
    }),
    smtpProbe: z
      .string()
      .regex(/^[^\s:]+:\d+$/, 'must be HOST:PORT')
      .default('gmail-smtp-in.l.google.com:25')
      .meta({ env: 'MAILWRIGHT_SMTP_PROBE', title: 'What doctor connects to, to see whether port 25 is open' }),
  }),
  mailcow: mailcowSettings.partial(),
  relay: z.strictObject({
    host: z.string().meta({ env: 'MXEAST_HOST', title: 'A Postfix relay, where the profile names none' }).optional(),
    user: z.string().meta({ env: 'MXEAST_USER', title: 'User to connect to it as' }).optional(),
    keyFile: z.string().meta({ env: 'MXEAST_SSH_KEY', title: 'File with the private key' }).optional(),
    password: z
      .string()
      .meta({ env: 'MXEAST_PASSWORD', secret: true, title: 'Password, for a relay that takes no key' })
      .optional(),
  }),
  ssh: z.strictObject({
    config: z
      .string()
      .meta({ env: 'MAILWRIGHT_SSH_CONFIG', title: 'ssh_config file, where it is not your own' })
      .optional(),
    agent: z.string().meta({ env: 'SSH_AUTH_SOCK', title: 'Socket of the SSH agent' }).optional(),
    passphrase: z
      .string()
      .meta({
        env: 'MAILWRIGHT_SSH_PASSPHRASE',
        secret: true,
        title: 'Passphrase of key files, where nobody can be asked',
      })
      .optional(),
  }),
  mailbox: z.strictObject({
    imap: z
      .url({ protocol: /^imaps?$/ })
      .meta({ env: 'MAILWRIGHT_IMAP', title: 'IMAP of the mail host, where it is not imaps:// and the host’s name' })
      .optional(),
    submission: z
      .string()
      .regex(/^[^\s:]+:\d+$/, 'must be HOST:PORT')
      .meta({ env: 'MAILWRIGHT_SUBMISSION', title: 'Submission of the mail host, where it is not its port 587' })
      .optional(),
  }),
  smtp: z.strictObject({
    port: port.default(25).meta({ env: 'MAILWRIGHT_SMTP_PORT', title: 'Port that mail hosts are asked at' }),
  }),
  calls: z.strictObject({
    timeout: z.coerce.number().positive().default(30).meta({
      env: 'MAILWRIGHT_CALL_TIMEOUT',
      title: 'Seconds that one call to SES or a DNS provider may take',
    }),
  }),
  domains: z.strictObject({
    allowSpecialUse: flag
      .default(false)
      .meta({ env: 'MAILWRIGHT_DOMAINS_ALLOW_SPECIAL_USE', title: 'Allow names such as example.test' }),
  }),
  sandbox: z.strictObject({
    control: z.url().meta({ env: 'MAILWRIGHT_SANDBOX', title: 'Control address of a running sandbox' }).optional(),
  }),
});

export type Config = Readonly<z.output<typeof configSchema>>;

function parseList(text: string): string[] {
  const trimmed = text.trim();
  if (trimmed.startsWith('[')) {
    try {
      const parsed: unknown = JSON.parse(trimmed);
      if (Array.isArray(parsed)) return parsed.map(String);
    } catch {
      // Not JSON after all: read as a plain list below, whose parts then fail with their own names.
    }
  }
  return trimmed
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** The settings of the schema in order: path and what its metadata says. */
export function settingsOf(
  schema: unknown = configSchema,
  path: readonly string[] = [],
): { path: readonly string[]; setting: Setting }[] {
  const shape = (schema as { shape?: Record<string, z.ZodType> }).shape ?? {};
  return Object.entries(shape).flatMap(([key, field]) => {
    const meta = metaOf(field);
    return meta ? [{ path: [...path, key], setting: meta }] : settingsOf(field, [...path, key]);
  });
}

function metaOf(field: z.ZodType): Setting | undefined {
  const meta = field.meta() as Setting | undefined;
  if (meta?.env) return meta;
  const inner = (field as unknown as { unwrap?: () => z.ZodType }).unwrap;
  return inner && !(field as { shape?: unknown }).shape ? metaOf(inner.call(field)) : undefined;
}
