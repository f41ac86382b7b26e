import { randomBytes } from 'node:crypto';
import { BlockList, isIP } from 'node:net';

/** What a key may do. */
export type Access = 'rw' | 'ro';

/** One of the installation's two API keys. */
export interface ApiKey {
  readonly access: Access;
  readonly key: string;
  readonly active: boolean;
  /** Addresses and networks that it may be used from. */
  readonly allowFrom: readonly string[];
  readonly skipIpCheck: boolean;
}

/** What comes of a key: whose it is, or why not. */
export type Admission = ApiKey | 'none' | 'unknown' | 'elsewhere';

/** The read-write and the read-only key; both are the administrator's. */
export class ApiKeys {
  readonly #keys = new Map<Access, ApiKey>();

  constructor() {
    for (const access of ['rw', 'ro'] as const)
      this.#keys.set(access, {
        access,
        key: newKey(),
        active: true,
        allowFrom: ['127.0.0.1'],
        skipIpCheck: false,
      });
  }

  get(access: Access): ApiKey {
    const key = this.#keys.get(access);
    if (!key) throw new RangeError(`there is no ${access} key`);
    return key;
  }

  /** Changes what is given of a key; `key: true` makes a new one. */
  change(access: Access, changes: Partial<Omit<ApiKey, 'access' | 'key'>> & { key?: string | true }): ApiKey {
    const { key, ...rest } = changes;
    const before = this.get(access);
    const changed = { ...before, ...rest, key: key === true ? newKey() : (key ?? before.key) };
    this.#keys.set(access, changed);
    return changed;
  }

  /** Who calls. Characters that no key has are dropped before the comparison, as Mailcow does. */
  admit(given: string | undefined, address: string): Admission {
    if (given === undefined || given === '') return 'none';
    const bare = given.replaceAll(/[^a-zA-Z0-9-]/g, '');
    const key = [...this.#keys.values()].find((one) => one.active && one.key === bare);
    if (!key) return 'unknown';
    return key.skipIpCheck || isWithin(address, key.allowFrom) ? key : 'elsewhere';
  }
}

/** Five groups, as Mailcow makes them. */
function newKey(): string {
  const hex = randomBytes(15).toString('hex').toUpperCase();
  return (hex.match(/.{6}/g) ?? []).join('-');
}

/** Whether an address is one of a list of addresses and networks, v4 and v6. */
export function isWithin(address: string, list: readonly string[]): boolean {
  const block = new BlockList();
  for (const entry of list) {
    const [network = '', prefix] = entry.trim().split('/');
    const version = isIP(network);
    if (version === 0) continue;
    const family = version === 4 ? 'ipv4' : 'ipv6';
    if (prefix === undefined) block.addAddress(network, family);
    else block.addSubnet(network, Number(prefix), family);
  }
  const version = isIP(address);
  return version !== 0 && block.check(address, version === 4 ? 'ipv4' : 'ipv6');
}
