import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../config-schema.ts';
import type { DomainSpec } from '../core/domain-spec.ts';
import type { Clock, Ground } from '../core/ground.ts';
import type { Resource } from '../core/resource.ts';
import type { SendTestNeeds } from '../domains/needs.ts';
import * as keyFiles from '../integrations/dkim-key-file.ts';
import { openInbound } from '../integrations/inbound.ts';
import { openOutbound } from '../integrations/outbound.ts';
import { readVerdict } from '../integrations/sandbox-inbox.ts';
import { openSes } from '../integrations/ses/index.ts';
import { openSesSender } from '../integrations/ses/send.ts';
import { readSmtpCredentials } from '../integrations/smtp-credentials-file.ts';
import { openStateFolder } from '../integrations/state-folder/index.ts';
import { openResolver } from '../integrations/wire/dns/resolver.ts';
import { openPace } from '../planning/pace.ts';
import { openDnsForAll } from './dns-providers.ts';
import { readKnownHosts } from './mail-hosts.ts';
import { openMailcows } from './mailcow.ts';
import { type AskSecret, openRelays } from './relays.ts';

/** The planner as a program: what it stands on and the systems that it asks. */
export interface Planner {
  readonly ground: Ground;
  readonly resources: readonly Resource<DomainSpec>[];
  /** What a test message is sent with, and asked about where the receiver is the sandbox's inbox. */
  openTestSender(): Promise<SendTestNeeds & { close(): void }>;
  /** Milliseconds that calls waited for their turn. */
  waitedMs(): number;
  close(): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(ms, signal) {
    // A run that is told to stop ends its sleep and looks at the signal itself.
    await sleep(ms, undefined, signal ? { signal } : {}).catch(() => undefined);
  },
};

/** Opens everything that a run over these domains needs: wishes of one profile, so that systems and DNS provider are the same. Closed in reverse. */
export async function openPlanner(
  config: Config,
  specs: readonly DomainSpec[],
  options: { state: string; journal: 'file' | 'none'; askSecret?: AskSecret | undefined },
): Promise<Planner> {
  const clock = systemClock;
  const folder = await openStateFolder(options.state);
  const run = `${new Date(clock.now()).toISOString().replace(/[-:.]/g, '')}-${randomBytes(3).toString('hex')}`;
  const journal =
    options.journal === 'file' ? await folder.openJournal(run) : { run, write: async () => {}, close: async () => {} };
  const pace = openPace({ burst: config.ses.burst, perSecond: config.ses.rate }, clock);
  const resolver = openResolver(config.dns);
  const [spec] = specs;
  const dnsFor = openDnsForAll(config, specs, { clock, pace, resolver, aws: awsSettings(config) });
  const ses = spec?.ses
    ? await openSes(awsSettings(config), { pace, clock, facts: folder.facts, resolver, home: folder.home, keyFiles })
    : undefined;
  const known = await readKnownHosts(
    specs.map((one) => one.domain),
    folder.owned,
  );
  const relays = openRelays(config, specs, known.relays, options.askSecret);
  const { home, secrets } = folder;
  const mailcows = openMailcows(config, specs, config.mailcow.apiKey === undefined ? [] : known.mailcows, {
    secrets,
    clock,
    resolver,
    home,
  });
  const inbound = openInbound({ resolver, port: config.smtp.port });
  const outbound = openOutbound({ readCredentials: readSmtpCredentials, resolver });
  return {
    ground: {
      dnsFor,
      resolver,
      journal,
      runs: folder.runs,
      owned: folder.owned,
      secrets: folder.secrets,
      facts: folder.facts,
      lock: folder.lock,
      pace,
      clock,
    },
    resources: [...(ses ? [ses] : []), ...relays, ...mailcows, inbound, outbound],
    async openTestSender() {
      const sender = await openSesSender(awsSettings(config), { pace, clock });
      const { control } = config.sandbox;
      return control ? { ...sender, verdict: (messageId, from) => readVerdict(control, messageId, from) } : sender;
    },
    waitedMs: () => pace.waitedMs(),
    async close() {
      await ses?.close?.();
      for (const host of [...relays, ...mailcows]) await host.close?.();
      resolver.close();
      await journal.close();
    },
  };
}

/** How AWS is reached. */
export function awsSettings(config: Config) {
  return { ...config.aws, timeoutMs: config.calls.timeout * 1000 };
}
