import type { Clock } from '../clock.ts';
import type { Internet } from '../world.ts';
import { ApiKeys } from './api-keys.ts';
import { Bans } from './bans.ts';
import { DkimMill } from './domains/dkim-mill.ts';
import { factoryTemplates, type Template } from './domains/templates.ts';
import { Sogo } from './sogo.ts';
import type {
  Alias,
  AliasDomain,
  AppPassword,
  DkimKey,
  Domain,
  ForwardingHost,
  Mailbox,
  Relayhost,
  TlsPolicy,
  Transport,
} from './state.ts';
import { type Switches, switchesSchema } from './switches.ts';

/** All that one Mailcow knows. Whoever changes something calls `touch`. */
export class Installation {
  readonly clock: Clock;
  readonly internet: Internet;
  /** MAILCOW_HOSTNAME. */
  readonly hostname: string;
  /** Sandbox milliseconds. */
  readonly startedAt: number;
  readonly keys = new ApiKeys();
  readonly bans: Bans;
  readonly sogo: Sogo;
  readonly dkimMill = new DkimMill();
  readonly domains = new Map<string, Domain>();
  readonly aliasDomains = new Map<string, AliasDomain>();
  readonly mailboxes = new Map<string, Mailbox>();
  readonly aliases = new Map<number, Alias>();
  readonly dkimKeys = new Map<string, DkimKey>();
  readonly appPasswords = new Map<number, AppPassword>();
  readonly relayhosts = new Map<number, Relayhost>();
  readonly transports = new Map<number, Transport>();
  readonly tlsPolicies = new Map<number, TlsPolicy>();
  readonly forwardingHosts = new Map<string, ForwardingHost>();
  readonly templates: Map<number, Template> = factoryTemplates();
  switches: Switches = switchesSchema.parse({});
  /** Grows with every change. */
  revision = 0;
  readonly #lastIds = new Map<string, number>();

  constructor(clock: Clock, internet: Internet, hostname: string) {
    this.clock = clock;
    this.internet = internet;
    this.hostname = hostname;
    this.startedAt = clock.now();
    this.bans = new Bans(clock, () => this.switches.ban);
    this.sogo = new Sogo(
      () => this.domains.keys(),
      () => this.switches,
    );
  }

  touch(): void {
    this.revision += 1;
  }

  /** The next number of a table: each counts for itself and never gives one twice. */
  nextId(table: string): number {
    const id = (this.#lastIds.get(table) ?? 0) + 1;
    this.#lastIds.set(table, id);
    return id;
  }

  mailboxesOf(domain: string): Mailbox[] {
    return [...this.mailboxes.values()].filter((mailbox) => mailbox.domain === domain);
  }

  /** Aliases of a domain without those that mailboxes have of themselves. */
  aliasesOf(domain: string): Alias[] {
    return [...this.aliases.values()].filter((alias) => alias.domain === domain && alias.address !== alias.goto);
  }

  /** The alias at an address, the mailboxes' own included. Upper and lower case are the same, as in its database. */
  findAlias(address: string): Alias | undefined {
    const wanted = address.toLowerCase();
    return [...this.aliases.values()].find((alias) => alias.address.toLowerCase() === wanted);
  }

  /** Whether a name is one of its domains or alias domains. */
  has(domain: string): boolean {
    return this.domains.has(domain) || this.aliasDomains.has(domain);
  }
}
