import type { Config } from '../config-schema.ts';
import { parseName } from '../core/domain.ts';
import { type DomainSpec, NO_CONSENTS, type RelaySpec } from '../core/domain-spec.ts';
import type { DomainFacts, RelayInspection } from '../core/inspection.ts';
import { toProblem } from '../core/problem.ts';
import type { Resource } from '../core/resource.ts';
import { openPostfix } from '../integrations/postfix/index.ts';
import { relayFacts } from '../integrations/postfix/inspect.ts';
import { openRelayHost } from '../integrations/postfix/relay-host.ts';
import { HELPER, relayScript, scriptSum, sudoersLine } from '../integrations/postfix/relay-script.ts';
import { readSmtpCredentials } from '../integrations/smtp-credentials-file.ts';
import type { SshNeeds } from '../integrations/wire/ssh/ssh-auth.ts';
import { loadDomains, loadProfile } from './load-domain.ts';

/** Asks a person for a passphrase; absent where nobody can be asked. */
export type AskSecret = (question: string) => Promise<string | undefined>;

/** The relays of these wishes, and those where something is ours, that are ours to change, each as a resource of its own. */
export function openRelays(
  config: Config,
  specs: readonly DomainSpec[],
  known: readonly RelaySpec[],
  ask: AskSecret | undefined,
): readonly Resource<DomainSpec>[] {
  // What the profile says of a host comes after what we remember of it, and counts.
  const relays = [...known, ...specs.flatMap((spec) => spec.relays ?? []).filter(({ managed }) => managed)];
  return [...new Map(relays.map((relay) => [relay.host, relay])).values()].map((relay) =>
    openPostfix(relay, { ...sshNeeds(config, relay, ask), readCredentials: readSmtpCredentials }),
  );
}

/** How a relay is reached. A passphrase is asked for once, however many relays take the key. */
export function sshNeeds(config: Config, relay: RelaySpec, ask: AskSecret | undefined): SshNeeds {
  const { password, host } = config.relay;
  return {
    configFile: config.ssh.config,
    agentSocket: config.ssh.agent,
    ...(password !== undefined && (host === undefined || host === relay.host) ? { password } : {}),
    passphrase: async (keyFile) => config.ssh.passphrase ?? (await ask?.(`Passphrase of ${keyFile}`)),
    timeoutMs: config.calls.timeout * 1000,
  };
}

/** Reads the mail configuration of relays: those that the profile or the environment describes, and any other host that SSH reaches. */
export async function inspectRelays(
  hosts: readonly string[],
  request: { profile?: string | undefined; hostKeys?: readonly string[] | undefined; ask?: AskSecret | undefined },
): Promise<RelayInspection> {
  const { config, relays: known } = describedHosts(request.profile);
  const unseen: RelayInspection['unseen'] = [];
  let exit = 0;
  const facts = await Promise.all(
    hosts.map(async (text) => {
      const host = parseName(text, '--relay');
      const described = known.find((one) => one.host === host) ?? BARE;
      const key = hostKeyFor(host, request.hostKeys);
      const ssh = { ...described.ssh, ...(key === undefined ? {} : { hostKey: key }) };
      const relay: RelaySpec = { ...described, host, ssh };
      const there = openRelayHost(relay, sshNeeds(config, relay, request.ask));
      try {
        return [relayFacts(relay, await there.show([]))];
      } catch (error) {
        const { kind, message, fix } = toProblem(error);
        exit = Math.max(exit, kind === 'conflict' ? 4 : 3);
        unseen.push({ host, reason: message, ...(fix === undefined ? {} : { fix }) });
        return [];
      } finally {
        there.close();
      }
    }),
  );
  return { version: 1, command: 'inspect', exit, relays: facts.flat(), unseen };
}

/** For each domain the relays of a profile that take its mail; each relay is read once. Undefined where the profile names none. */
export function relayReader(
  profile: string,
): ((domain: string) => Promise<NonNullable<DomainFacts['relays']>>) | undefined {
  const managed = describedHosts(profile)
    .relays.filter((relay) => relay.managed)
    .map(({ host }) => host);
  if (managed.length === 0) return undefined;
  let reading: Promise<RelayInspection> | undefined;
  return async (domain) => {
    reading ??= inspectRelays(managed, { profile });
    const { relays, unseen } = await reading;
    const value = relays.flatMap(({ host, domains }) =>
      domains.filter((one) => one.domain === domain).map(({ nextHop, recipients }) => ({ host, nextHop, recipients })),
    );
    if (unseen.length > 0) return { status: 'unknown', reason: unseen.map(({ reason }) => reason).join('; ') };
    return value.length > 0 ? { status: 'present', value } : { status: 'absent' };
  };
}

/** A host that nobody describes: ~/.ssh/config says how it is reached. */
const BARE: RelaySpec = { host: '', managed: true, ssh: { privilege: 'auto' }, recipients: 'any' };

/** The relays of a profile and of the environment, and its Mailcow: they are the same for every domain. */
export function describedHosts(named: string | undefined): {
  config: Config;
  relays: readonly RelaySpec[];
  mailcow?: string;
} {
  const profile = loadProfile({ profile: named });
  const { config, specs } = loadDomains({
    domains: profile.domain === undefined ? ['example.com'] : [],
    profile: named,
    consents: NO_CONSENTS,
    // Where mail goes next is of no interest here, and needs not be said.
    flags: { mailHost: profile.mailHost ?? 'mail.example.com' },
  });
  const [{ relays = [], mailcow } = {}] = specs;
  return { config, relays, ...(mailcow ? { mailcow: mailcow.host } : {}) };
}

function hostKeyFor(host: string, given: readonly string[] | undefined): string | undefined {
  const keys = (given ?? []).map((text) => /^(?:([^=:]+)=)?(SHA256:[A-Za-z0-9+/]{43})=?$/.exec(text.trim()));
  return keys.find((match) => match && (match[1] === undefined || match[1] === host))?.[2];
}

/** The helper program of a relay, and what lets a user run it. */
export function relayHelper(user: string): { script: string; path: string; sha256: string; sudoers: string } {
  return { script: relayScript(), path: HELPER, sha256: scriptSum(), sudoers: sudoersLine(user) };
}
