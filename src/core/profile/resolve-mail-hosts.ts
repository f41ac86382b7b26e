import { parseName } from '../domain.ts';
import type { MailboxSpec, MailcowSpec, RelaySpec, SshSpec } from '../domain-spec.ts';
import { Problem } from '../problem.ts';
import type { Profile } from './profile.ts';

/** What flags and environment say of the mail hosts beside the profile. */
export interface MailHostOverrides {
  /** Local parts of mailboxes, beside the profile's. */
  readonly mailboxes?: readonly string[] | undefined;
  /** The one relay that the environment describes. */
  readonly relay?: { readonly host?: string; readonly user?: string; readonly keyFile?: string } | undefined;
  /** Host keys that were given by flag: 'SHA256:…', or 'HOST=SHA256:…'. */
  readonly hostKeys?: readonly string[] | undefined;
}

/** What the profile's relays and Mailcow are resolved with. */
export interface MailHostInput {
  readonly profile: Pick<Profile, 'relays' | 'mailcow'>;
  readonly domain: string;
  readonly mailHost: string | undefined;
  readonly environment: MailHostOverrides;
  readonly flags: MailHostOverrides;
  readonly resolvePath: (path: string) => string;
  readonly hostName: (text: string, field: string) => string;
  /** Keeps a Problem for later and answers with something instead. */
  readonly collect: <T>(read: () => T, instead: T) => T;
}

type RelayEntry = Exclude<NonNullable<Profile['relays']>[number], string>;

/** The relays: the profile's, and the environment's where it names one that the profile does not. Environment beats profile. */
export function resolveRelays(input: MailHostInput): readonly RelaySpec[] {
  const { profile, mailHost, collect } = input;
  const fromEnvironment = input.environment.relay;
  const named = (profile.relays ?? []).map(
    (entry): RelayEntry => (typeof entry === 'string' ? { host: entry } : entry),
  );
  const host = fromEnvironment?.host;
  const entries = host === undefined || named.some((one) => one.host === host) ? named : [...named, { host }];
  const addresses = listedAddresses(input);
  const relays = entries.map((entry): RelaySpec => {
    const own = collect(() => input.hostName(entry.host, 'relays.host'), '');
    const environment = fromEnvironment && (host === undefined || host === entry.host) ? fromEnvironment : {};
    const nextHop = entry.nextHop === undefined ? undefined : collect(() => parseNextHop(entry.nextHop ?? ''), '');
    const managed = entry.managed ?? true;
    if (managed && nextHop === undefined && mailHost === undefined)
      collect(() => {
        throw new Problem('input', 'relays.next-hop', `relays: nobody says where ${own} passes mail on to.`, {
          fix: 'Name the host with the mailboxes (mailHost, --mail-host), or nextHop at the relay.',
        });
      }, undefined);
    if (entry.recipients === 'list' && !addresses)
      collect(() => {
        throw new Problem(
          'input',
          'relays.recipients',
          `relays: ${own} takes listed recipients only, and no address is named.`,
          {
            fix: 'Name mailboxes (mailcow.mailboxes, --mailbox), or say recipients: any.',
          },
        );
      }, undefined);
    const hostKey = collect(() => hostKeyOf(input.flags.hostKeys ?? [], own, entries.length), undefined);
    return {
      host: own,
      managed,
      ssh: resolveSsh({ ...entry.ssh, ...(hostKey === undefined ? {} : { hostKey }) }, environment, input),
      ...(nextHop === undefined ? {} : { nextHop }),
      recipients: entry.recipients ?? (addresses ? 'list' : 'any'),
      ...(entry.configDirectory === undefined ? {} : { configDirectory: entry.configDirectory }),
    };
  });
  const twice = relays.find((one, index) => relays.findIndex((other) => other.host === one.host) !== index);
  if (twice)
    collect(() => {
      throw new Problem('input', 'relays.twice', `relays: ${twice.host} is named twice.`);
    }, undefined);
  return relays;
}

function resolveSsh(
  ssh: RelayEntry['ssh'] & object,
  environment: NonNullable<MailHostOverrides['relay']>,
  input: MailHostInput,
): SshSpec {
  const user = environment.user ?? ssh.user;
  const keyFile = environment.keyFile ?? ssh.keyFile;
  return {
    ...(ssh.address === undefined ? {} : { address: ssh.address }),
    ...(ssh.port === undefined ? {} : { port: ssh.port }),
    ...(user === undefined ? {} : { user }),
    ...(keyFile === undefined ? {} : { keyFile: input.resolvePath(keyFile) }),
    ...(ssh.hostKey === undefined ? {} : { hostKey: ssh.hostKey.replace(/=$/, '') }),
    privilege: ssh.privilege ?? 'auto',
  };
}

/** A host key given by flag: for the one relay there is, or 'HOST=SHA256:…' for one of several. */
function hostKeyOf(given: readonly string[], host: string, relays: number): string | undefined {
  for (const text of given) {
    const [, name, key = ''] = /^(?:([^=:]+)=)?(SHA256:[A-Za-z0-9+/]{43})=?$/.exec(text.trim()) ?? [];
    if (key === '')
      throw new Problem('input', 'flag.host-key', `--host-key: "${text}" is no fingerprint.`, {
        fix: 'Write it as ssh-keygen -l prints it: SHA256:…, or HOST=SHA256:… where there are several relays.',
      });
    if (name === undefined && relays > 1)
      throw new Problem('input', 'flag.host-key', `--host-key: which of the ${relays} relays is it for?`, {
        fix: `Write --host-key ${host}=${key}.`,
      });
    if (name === undefined || name === host) return key;
  }
  return undefined;
}

/** 'host' or 'host:25', brackets allowed, as one form without them. */
function parseNextHop(text: string): string {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d+))?$/.exec(text.trim()) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined || Number(port ?? 25) > 65_535)
    throw new Problem('input', 'relays.next-hop', `relays.nextHop: "${text}" is no HOST or HOST:PORT.`);
  const name = /^[\d.]+$/.test(host) || host.includes(':') ? host : parseName(host, 'relays.nextHop');
  return port === undefined ? name : `${name}:${port}`;
}

/** Whether the profile or a flag names any address of the domain. */
function listedAddresses({ profile, flags }: MailHostInput): boolean {
  return (profile.mailcow?.mailboxes ?? []).length > 0 || (flags.mailboxes ?? []).length > 0;
}

/** What Mailcow should know; undefined where the profile says nothing of it and no mailbox is asked for. */
export function resolveMailcow(input: MailHostInput): MailcowSpec | undefined {
  const { profile, flags, mailHost, domain, collect } = input;
  if (profile.mailcow === undefined && (flags.mailboxes ?? []).length === 0) return undefined;
  const { mailcow = {} } = profile;
  if (mailHost === undefined)
    collect(() => {
      throw new Problem('input', 'mailcow.host', 'mailcow: nobody says which host Mailcow is.', {
        fix: 'Name it: mailHost in the profile, or --mail-host.',
      });
    }, undefined);
  const entries = [...(mailcow.mailboxes ?? []), ...(flags.mailboxes ?? [])];
  const all = entries.map((entry): MailboxSpec => {
    const { local, passwordFile, ...rest } =
      typeof entry === 'string' ? { local: entry, passwordFile: undefined } : entry;
    return {
      local: collect(() => parseLocal(local, domain, 'mailcow.mailboxes'), ''),
      ...rest,
      ...(passwordFile === undefined ? {} : { passwordFile: input.resolvePath(passwordFile) }),
    };
  });
  const mailboxes = [...new Map(all.map((one) => [one.local, one])).values()];
  const aliases = Object.entries(mailcow.aliases ?? {}).map(([name, goto]) => ({
    local: name === '*' ? '' : collect(() => parseLocal(name, domain, 'mailcow.aliases'), ''),
    goto: goto.map((to) => collect(() => parseGoto(to, domain), '')),
  }));
  const both = aliases.find((alias) => mailboxes.some((one) => one.local === alias.local));
  if (both)
    collect(() => {
      throw new Problem('input', 'mailcow.alias', `mailcow.aliases: ${both.local}@ is a mailbox, too.`, {
        fix: 'Leave one of the two out.',
      });
    }, undefined);
  return {
    host: mailHost ?? '',
    limits: mailcow.limits ?? {},
    mailboxes,
    aliases,
    dkim: mailcow.dkim ?? 'publish',
    clientRecords: mailcow.clientRecords ?? false,
    forwardingHosts: mailcow.forwardingHosts === undefined ? 'ask' : mailcow.forwardingHosts ? 'yes' : 'no',
  };
}

/** 'brett', 'brett@' or 'brett@example.com' as the local part, lower case as Mailcow keeps it. */
function parseLocal(text: string, domain: string, field: string): string {
  const [local = '', at] = text.trim().toLowerCase().split('@', 2);
  if (!/^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/.test(local) || local.length > 64)
    throw new Problem('input', 'mailbox.local', `${field}: "${text}" has no local part that can stand before the @.`, {
      fix: 'Write it as brett or brett@.',
    });
  if (at !== undefined && at !== '' && at !== domain)
    throw new Problem('input', 'mailbox.domain', `${field}: "${text}" is not at ${domain}.`, {
      fix: 'Give the local part alone: the profile serves every domain.',
    });
  return local;
}

function parseGoto(text: string, domain: string): string {
  const [local = '', at] = text.trim().split('@', 2);
  const name = parseLocal(local, domain, 'mailcow.aliases');
  return `${name}@${at === undefined || at === '' ? domain : parseName(at, 'mailcow.aliases')}`;
}

/** The addresses of the domain that mail hosts know: mailboxes and aliases; '@domain' where every address is taken. */
export function knownAddresses(domain: string, mailcow: MailcowSpec | undefined): readonly string[] {
  if (!mailcow) return [];
  return [...mailcow.mailboxes.map((one) => one.local), ...mailcow.aliases.map((one) => one.local)].map(
    (local) => `${local}@${domain}`,
  );
}
