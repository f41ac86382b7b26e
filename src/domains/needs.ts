import type { LiveRecord } from '../core/dns.ts';
import type { SesFacts } from '../core/inspection.ts';
import type { Resolver } from '../core/resolver.ts';

/** What this feature needs of the outside; the app satisfies it. */
export interface ListNeeds {
  /** One reading for each region: where one can't be asked, the others can. */
  readonly identities: readonly (() => Promise<readonly { region: string; name: string; verified: boolean }[]>)[];
  /** Names of the zones, one reading for each DNS provider: likewise. */
  readonly zones: readonly (() => Promise<readonly string[]>)[];
}

export interface SendTestNeeds {
  send(
    region: string,
    message: { from: string; to: string; subject: string; text: string; tenant?: string; configurationSet?: string },
  ): Promise<{ messageId: string }>;
  /** The receiver's own verdict, where the receiver is ours to ask (the sandbox's inbox). */
  readonly verdict?: (
    messageId: string,
    from: string,
  ) => Promise<{ spf: string; dkim: string; dmarc: string } | undefined>;
}

/** The zone of a domain at the DNS provider, as far as it can be read. */
export interface InspectedZone {
  readonly provider: string;
  readonly account: string;
  readonly name: string;
  /** The servers that it is served from, where it is delegated to them. */
  readonly nameServers: readonly string[];
  /** Every record of the zone; undefined where the provider shows only names that it is asked for. */
  readonly records: readonly LiveRecord[] | undefined;
}

/** What `inspect` reads. Whatever can't be asked throws its Problem: the others still can. Relays and Mailcow join here, a reader each. */
export interface InspectNeeds {
  readonly resolver: Resolver;
  ses(domain: string): Promise<SesFacts>;
  /** Regions that could not be read, by the reason. */
  sesUnread(): Promise<readonly { regions: readonly string[]; reason: string }[]>;
  zone(domain: string): Promise<InspectedZone>;
}
