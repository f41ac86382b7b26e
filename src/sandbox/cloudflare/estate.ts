import type { Clock } from '../clock.ts';
import type { Registry } from '../dns/registry.ts';
import type { IdenticalCode } from './conflicts.ts';
import type { Edge } from './edge.ts';
import { createRecord, type Draftboard } from './edits.ts';
import { refuse } from './refusal.ts';
import { type Account, type CloudZone, newId, type Plan } from './state.ts';

// Each account has its own pair, so that of two zones of one name the registry can tell which is meant.
const PAIRS = [
  ['ada', 'bob'],
  ['cora', 'dan'],
  ['elle', 'finn'],
  ['gina', 'hank'],
  ['iris', 'jay'],
  ['kate', 'leo'],
] as const;

// Free zones made since September 2024 have 200, older ones 1,000: the roomier is usual here, the other a setting.
const FREE_QUOTA = 1000;
const PAID_QUOTA = 3500;

/** All accounts and zones, and what becomes of a zone when its records or its delegation change. */
export class Estate {
  /** What an identical record is refused with. */
  identicalCode: IdenticalCode = 81_058;
  readonly #clock: Clock;
  readonly #registry: Registry;
  readonly #edge: Edge;
  readonly #openNameServers: (names: readonly string[]) => void;
  readonly #accounts = new Map<string, Account>();
  readonly #zones = new Map<string, CloudZone>();

  constructor(needs: {
    readonly clock: Clock;
    readonly registry: Registry;
    readonly edge: Edge;
    /** Makes a new account's name servers known to the world. */
    readonly openNameServers: (names: readonly string[]) => void;
  }) {
    this.#clock = needs.clock;
    this.#registry = needs.registry;
    this.#edge = needs.edge;
    this.#openNameServers = needs.openNameServers;
    this.#registry.onChange((domain) => this.#recheck((name) => name === domain));
  }

  /** Sandbox time, ISO 8601 with microseconds as Cloudflare writes it. */
  now(): string {
    return new Date(this.#clock.now()).toISOString().replace('Z', '000Z');
  }

  createAccount(name: string): Account {
    const number = this.#accounts.size;
    const pair = PAIRS[number] ?? [`one${number}`, `two${number}`];
    const nameServers = pair.map((host) => `${host}.ns.cloudflare.com`);
    const account: Account = { id: newId(), name, createdOn: this.now(), nameServers };
    this.#accounts.set(account.id, account);
    this.#openNameServers(nameServers);
    return account;
  }

  accounts(): readonly Account[] {
    return [...this.#accounts.values()];
  }

  zones(): readonly CloudZone[] {
    return [...this.#zones.values()];
  }

  findZone(id: string): CloudZone | undefined {
    return this.#zones.get(id);
  }

  /** Adds a zone, active at once where the registry already delegates to its account's name servers; refuses a second one (1061). */
  createZone(name: string, account: Account, plan: Plan): CloudZone {
    if (this.zones().some((zone) => zone.name === name && zone.account === account))
      throw refuse(400, 1061, `${name} already exists.`);
    const now = this.now();
    const zone: CloudZone = {
      id: newId(),
      name,
      account,
      createdOn: now,
      originalNameServers: this.#registry.nameServersOf(name),
      plan,
      recordQuota: plan === 'free' ? FREE_QUOTA : PAID_QUOTA,
      status: 'pending',
      modifiedOn: now,
      activatedOn: null,
      emailRouting: false,
      flattenAllCnames: false,
      records: new Map(),
      serial: 2_300_000_000,
    };
    this.#zones.set(zone.id, zone);
    this.#recheck((other) => other === name);
    return zone;
  }

  /** Makes a change in a working copy and commits it; what throws leaves the zone as it was. */
  change<T>(zone: CloudZone, edit: (board: Draftboard) => T): T {
    const board = { zone, records: new Map(zone.records), now: this.now(), identicalCode: this.identicalCode };
    const result = edit(board);
    zone.records = board.records;
    this.show(zone);
    return result;
  }

  /** Brings a zone to the name servers after a change of records or settings. */
  show(zone: CloudZone): void {
    zone.modifiedOn = this.now();
    zone.serial += 1;
    if (zone.status === 'active') this.#edge.show(zone);
    // NS records in this zone may delegate a zone below it.
    this.#recheck((name) => name.endsWith(`.${zone.name}`));
  }

  /** Lets a zone's status follow its delegation: exactly its account's name servers make it active. */
  #recheck(concerns: (name: string) => boolean): void {
    for (const zone of this.#zones.values()) {
      if (!concerns(zone.name)) continue;
      const delegated = this.#delegationOf(zone.name);
      const wanted = zone.account.nameServers;
      const isOurs = delegated.length === wanted.length && wanted.every((host) => delegated.includes(host));
      if (isOurs === (zone.status === 'active')) continue;
      if (!isOurs && zone.status !== 'active') continue;
      zone.status = isOurs ? 'active' : 'moved';
      zone.serial += 1;
      if (isOurs) zone.activatedOn = this.now();
      this.#edge.show(zone);
    }
  }

  /** Delegates a zone to its account's name servers: by NS records where it lies below another zone here, else at the registry. */
  delegate({ name, account }: CloudZone): void {
    const parent = this.#parentOf(name);
    if (!parent) {
      this.#registry.delegate(name, account.nameServers);
      return;
    }
    this.change(parent, (board) => {
      for (const content of account.nameServers) createRecord(board, { type: 'NS', name, content });
    });
  }

  #parentOf(name: string): CloudZone | undefined {
    const [parent] = this.zones()
      .filter((zone) => zone.status === 'active' && name.endsWith(`.${zone.name}`))
      .sort((one, other) => other.name.length - one.name.length);
    return parent;
  }

  /** The registry's delegation, or for a zone below another the NS records there. */
  #delegationOf(name: string): readonly string[] {
    const registered = this.#registry.nameServersOf(name);
    if (registered.length > 0) return registered;
    return [...(this.#parentOf(name)?.records.values() ?? [])]
      .filter((record) => record.type === 'NS' && record.name === name)
      .map(({ content }) => content.toLowerCase());
  }
}
