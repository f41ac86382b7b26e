import { randomBytes } from 'node:crypto';
import { AwsError } from '../aws/gate/errors.ts';
import type { Clock } from '../clock.ts';
import type { ProviderServer } from '../dns/main.ts';
import type { Registry } from '../dns/registry.ts';
import { Timers } from '../timers.ts';
import { applyBatch } from './apply-batch.ts';
import { delegationSet } from './delegation-set.ts';
import { priorRequestNotComplete } from './errors.ts';
import { buildServedZone } from './served-zone.ts';
import type { ChangeBatch, SetChange } from './set-input.ts';
import { type Change, type HostedZone, keyOf, type RecordSet, type SetTable } from './state.ts';
import { type Switches, switchesSchema } from './switches.ts';

/** What a new zone is asked to be. */
export type ZoneWish = Pick<HostedZone, 'name' | 'account' | 'isPrivate' | 'comment' | 'callerReference' | 'vpc'>;

/** All hosted zones of all accounts, their changes, and the way of changes to the name servers. */
export class HostedZones {
  switches: Switches = switchesSchema.parse({});
  readonly #clock: Clock;
  readonly #registry: Registry;
  readonly #servers: readonly ProviderServer[];
  readonly #openNameServers: (names: readonly string[]) => void;
  readonly #timers = new Timers();
  readonly #zones = new Map<string, HostedZone>();
  readonly #changes = new Map<string, Change>();
  #delegationSets = 0;

  constructor(needs: {
    readonly clock: Clock;
    readonly registry: Registry;
    readonly servers: readonly ProviderServer[];
    /** Makes a delegation set's hosts known to the world; a second time does nothing. */
    readonly openNameServers: (names: readonly string[]) => void;
  }) {
    this.#clock = needs.clock;
    this.#registry = needs.registry;
    this.#servers = needs.servers;
    this.#openNameServers = needs.openNameServers;
    this.#registry.onChange((name) => this.#show(name));
  }

  zones(): readonly HostedZone[] {
    return [...this.#zones.values()];
  }

  findZone(id: string): HostedZone | undefined {
    return this.#zones.get(id);
  }

  findChange(id: string): Change | undefined {
    return this.#changes.get(id);
  }

  /** Makes a zone with its NS and SOA sets; `served` where it was always there. */
  create(wish: ZoneWish, options: { readonly served: boolean }): { zone: HostedZone; change: Change } {
    // The hosts are the same for nobody else of that name: what two zones of one name say must be told apart.
    const hosts = delegationSet(this.#delegationSets);
    this.#delegationSets += 1;
    if (!wish.isPrivate) this.#openNameServers(hosts);
    const zone: HostedZone = {
      ...wish,
      id: newId('Z'),
      nameServers: hosts,
      tags: {},
      sets: apexSets(wish.name, hosts),
      serial: 0,
      served: undefined,
      servedSerial: 0,
      busyUntil: 0,
    };
    this.#zones.set(zone.id, zone);
    return { zone, change: this.#commit(zone, zone.sets, undefined, options.served ? 0 : this.switches.insyncMs) };
  }

  /** Takes an empty zone away. @throws AwsError HostedZoneNotEmpty */
  delete(zone: HostedZone): Change {
    if (zone.sets.size > 2)
      throw new AwsError(
        'HostedZoneNotEmpty',
        400,
        'The specified hosted zone contains non-required resource record sets and so cannot be deleted.',
      );
    return this.remove(zone);
  }

  /** Takes a zone away with all that it holds. */
  remove(zone: HostedZone): Change {
    this.#zones.delete(zone.id);
    const change = this.#begin(zone.account, undefined);
    this.#timers.after(this.switches.insyncMs, () => {
      change.status = 'INSYNC';
      this.#show(zone.name);
    });
    return change;
  }

  /** Makes a batch of changes. @throws AwsError PriorRequestNotComplete, InvalidChangeBatch */
  change(zone: HostedZone, { changes, comment }: ChangeBatch): Change {
    if (Date.now() < zone.busyUntil) throw priorRequestNotComplete();
    const after = applyBatch(zone.name, zone.sets, changes);
    zone.busyUntil = Date.now() + this.switches.priorRequestMs;
    return this.#commit(zone, after, comment, this.switches.insyncMs);
  }

  /** The same from outside the API: served at once. */
  seed(zone: HostedZone, changes: readonly SetChange[]): void {
    this.#commit(zone, applyBatch(zone.name, zone.sets, changes), undefined, 0);
  }

  /** Delegates a zone to its name servers: by an NS set where it lies below another public zone here, else at the registry. */
  delegate(zone: HostedZone): void {
    const [parent] = this.zones()
      .filter((other) => !other.isPrivate && zone.name.endsWith(`.${other.name}`))
      .sort((one, other) => other.name.length - one.name.length);
    if (!parent) this.#registry.delegate(zone.name, zone.nameServers);
    else this.seed(parent, [{ action: 'UPSERT', set: nsSet(zone.name, zone.nameServers, 300) }]);
  }

  close(): void {
    this.#timers.close();
  }

  #begin(account: string, comment: string | undefined): Change {
    const submittedAt = new Date(this.#clock.now()).toISOString();
    const change: Change = { id: newId('C'), account, submittedAt, comment, status: 'PENDING' };
    this.#changes.set(change.id, change);
    return change;
  }

  #commit(zone: HostedZone, sets: SetTable, comment: string | undefined, ms: number): Change {
    zone.sets = sets;
    zone.serial += 1;
    const { serial } = zone;
    const change = this.#begin(zone.account, comment);
    this.#timers.after(ms, () => {
      change.status = 'INSYNC';
      // A shorter wait that was set meanwhile may have let a newer state through.
      if (serial < zone.servedSerial) return;
      zone.served = sets;
      zone.servedSerial = serial;
      this.#show(zone.name);
    });
    return change;
  }

  /** Of several public zones of a name the servers show the one that the registry means, else the oldest. */
  #show(name: string): void {
    const delegated = this.#registry.nameServersOf(name);
    const twins = this.zones().filter((zone) => zone.name === name && !zone.isPrivate && zone.served);
    const shown = twins.find(({ nameServers }) => nameServers.some((host) => delegated.includes(host))) ?? twins[0];
    for (const { shelf } of this.#servers)
      if (shown?.served) shelf.set(buildServedZone(name, shown.served));
      else shelf.delete(name);
  }
}

function apexSets(name: string, hosts: readonly string[]): SetTable {
  const [primary] = hosts;
  const values = [`${primary}. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400`];
  const soa: RecordSet = { name, type: 'SOA', ttl: 900, values, routing: {} };
  return new Map([nsSet(name, hosts, 172_800), soa].map((set) => [keyOf(set), set]));
}

function nsSet(name: string, hosts: readonly string[], ttl: number): RecordSet {
  return { name, type: 'NS', ttl, values: hosts.map((host) => `${host}.`), routing: {} };
}

function newId(prefix: 'Z' | 'C'): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
  return prefix + [...randomBytes(20)].map((byte) => alphabet[byte % 36]).join('');
}
