import { randomBytes } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { ProviderServer } from '../dns/main.ts';
import { foldName } from '../dns/names.ts';
import type { Registry } from '../dns/registry.ts';
import { Timers } from '../timers.ts';
import { createRecord, type Draftboard } from './edits.ts';
import { buildServedZone } from './served-zone.ts';
import type { Account, Domain, StoredRecord } from './state.ts';
import { type Switches, switchesSchema } from './switches.ts';

/** All accounts and domains, and the way of records to the name servers. */
export class Registrar {
  switches: Switches = switchesSchema.parse({});
  /** Milliseconds of real time from a change to its being served. */
  delayMs = 200;
  /** Names of the two name servers. */
  readonly hosts: readonly string[];
  readonly #clock: Clock;
  readonly #registry: Registry;
  readonly #servers: readonly ProviderServer[];
  readonly #timers = new Timers();
  readonly #accounts: Account[] = [];
  readonly #domains = new Map<string, Domain>();
  #lastId = 106_926_651;

  constructor(needs: {
    readonly clock: Clock;
    readonly registry: Registry;
    readonly hosts: readonly string[];
    readonly servers: readonly ProviderServer[];
  }) {
    this.#clock = needs.clock;
    this.#registry = needs.registry;
    this.hosts = needs.hosts;
    this.#servers = needs.servers;
    this.#registry.onChange((name) => {
      const domain = this.#domains.get(name);
      if (domain) this.show(domain);
    });
  }

  createAccount(name: string, keyDomains: Account['keyDomains']): Account {
    if (this.#accounts.some((account) => account.name === name)) throw new RangeError(`there is an account ${name}`);
    const key = (prefix: string) => `${prefix}_${randomBytes(32).toString('hex')}`;
    const account = { name, apiKey: key('pk1'), secretApiKey: key('sk1'), keyDomains };
    this.#accounts.push(account);
    return account;
  }

  accounts(): readonly Account[] {
    return this.#accounts;
  }

  domains(): readonly Domain[] {
    return [...this.#domains.values()];
  }

  findDomain(name: string): Domain | undefined {
    return this.#domains.get(foldName(name));
  }

  /** Registers a domain with Porkbun's NS records at its apex; `delegate` also points the registry at them. @throws RangeError for one that is there */
  createDomain(
    name: string,
    account: Account,
    options: { apiAccess: boolean; delegate: boolean; expiresInDays?: number; autoRenew?: boolean },
  ): Domain {
    const folded = foldName(name);
    if (this.#domains.has(folded)) throw new RangeError(`there is a domain ${folded} at Porkbun already`);
    const domain: Domain = {
      name: folded,
      account,
      createdAt: this.#clock.now(),
      expiresInDays: options.expiresInDays ?? 365,
      autoRenew: options.autoRenew ?? true,
      apiAccess: options.apiAccess,
      records: new Map(),
      serial: 2_300_000_000,
      shownSerial: 0,
    };
    this.#domains.set(folded, domain);
    this.change(domain, (board) => {
      for (const content of this.hosts) createRecord(board, { type: 'NS', content, ttl: 86_400 });
    });
    if (options.delegate) this.#registry.delegate(folded, this.hosts);
    return domain;
  }

  /** Makes a change in a working copy and commits it; what throws leaves the domain as it was, and so does a rehearsal. */
  change<T>(domain: Domain, edit: (board: Draftboard) => T, rehearsal = false): T {
    const records = new Map<string, StoredRecord>(domain.records);
    const result = edit({ domain, records, switches: this.switches, newId: () => this.#newId(rehearsal) });
    if (rehearsal) return result;
    domain.records = records;
    this.show(domain);
    return result;
  }

  /** The name servers a domain is delegated to. */
  nameServersOf(domain: Domain): readonly string[] {
    return this.#registry.nameServersOf(domain.name);
  }

  /** Whether a domain is delegated here, alone or beside another host. */
  isDelegatedHere(domain: Domain): boolean {
    return this.nameServersOf(domain).some((host) => this.hosts.includes(host));
  }

  /** Changes a domain's delegation. */
  delegate(domain: Domain, nameServers: readonly string[]): void {
    this.#registry.delegate(domain.name, nameServers);
  }

  /** Brings a domain's present records to the name servers, or takes it away where it is delegated elsewhere. */
  show(domain: Domain): void {
    domain.serial += 1;
    const { name, records, serial } = domain;
    this.#timers.after(this.delayMs, () => {
      // A shorter delay that was set meanwhile may have let a newer state through.
      if (serial < domain.shownSerial) return;
      domain.shownSerial = serial;
      const isServed = this.switches.servesUndelegated || this.isDelegatedHere(domain);
      for (const { shelf } of this.#servers)
        if (isServed) shelf.set(buildServedZone(name, records, serial, this.hosts));
        else shelf.delete(name);
    });
  }

  close(): void {
    this.#timers.close();
  }

  #newId(rehearsal: boolean): string {
    if (!rehearsal) this.#lastId += 1;
    return String(this.#lastId);
  }
}
