import type { Postfix } from './installation.ts';
import type { MainCf } from './main-cf.ts';
import { isIndexed, namesIn, plainContents, type Table, tablesIn } from './table.ts';

/** What smtpd says to RCPT TO. */
export interface Verdict {
  readonly code: number;
  readonly text: string;
}

/** A way on for one recipient: 'smtp' and '[host]:port'; an empty next hop is the recipient's domain. */
export interface Way {
  readonly service: string;
  readonly nextHop: string;
}

/** How long the daemons go on with a table that was changed under them: some 10 s were measured (Postfix 3.7.11). */
const NOTICED_AFTER_MS = 10_000;

type Index = ReadonlyMap<string, string>;

/**
 * What Postfix's daemons know. They read tables when they start; of an index that was replaced they take notice a little
 * later; what they once answered for an address they go on answering until the next reload.
 */
export class Daemons {
  readonly #postfix: Postfix;
  #main: MainCf;
  /** Contents by path; undefined where the index is not there. */
  #read = new Map<string, { readonly index: Index | undefined; readonly at: number }>();
  #answered = new Map<string, Verdict>();

  constructor(postfix: Postfix) {
    this.#postfix = postfix;
    this.#main = postfix.main.copy();
    this.restart();
  }

  restart(): void {
    this.#main = this.#postfix.main.copy();
    this.#answered.clear();
    this.#read.clear();
    for (const table of this.#tables()) this.#open(table);
  }

  /** The answer to RCPT TO. */
  verdict(address: string): Verdict {
    const key = address.toLowerCase();
    const known = this.#answered.get(key);
    if (known) return known;
    const verdict = this.#decide(address);
    this.#answered.set(key, verdict);
    return verdict;
  }

  /** The way on; undefined where a table can't be read. */
  wayOf(address: string): Way | undefined {
    if (this.#isBroken()) return undefined;
    const { domain, full } = partsOf(address);
    const parents = parentsOf(domain).map((parent) => `.${parent}`);
    const keys = [full, domain, ...parents, '*'];
    const found = keys.map((key) => this.#find('transport_maps', key)).find((value) => value !== undefined);
    const [, service = '', nextHop = ''] = /^([^:]*):?(.*)$/s.exec(found ?? '') ?? [];
    return { service: service === '' ? this.#main.expanded('relay_transport') : service, nextHop };
  }

  #decide(address: string): Verdict {
    const refuse = (code: number, text: string) => ({ code, text });
    const { domain, full } = partsOf(address);
    if (this.#isBroken()) return refuse(451, `4.3.0 <${address}>: Temporary lookup failure`);
    if (namesIn(this.#main.expanded('mydestination')).includes(domain))
      return refuse(550, `5.1.1 <${address}>: Recipient address rejected: User unknown in local recipient table`);
    if (!this.#isRelayed(domain)) {
      const restrictions = this.#main.expanded('smtpd_relay_restrictions');
      if (/\breject_unauth_destination\b/.test(restrictions))
        return refuse(554, `5.7.1 <${address}>: Relay access denied`);
      if (/\bdefer_unauth_destination\b/.test(restrictions))
        return refuse(454, `4.7.1 <${address}>: Relay access denied`);
      return refuse(250, '2.1.5 Ok');
    }
    const isListing = this.#main.expanded('relay_recipient_maps') !== '';
    const isKnown = [full, `@${domain}`].some((key) => this.#find('relay_recipient_maps', key) !== undefined);
    if (isListing && !isKnown)
      return refuse(550, `5.1.1 <${address}>: Recipient address rejected: User unknown in relay recipient table`);
    return refuse(250, '2.1.5 Ok');
  }

  /** A domain is relayed where it or one above it is listed (parent_domain_matches_subdomains). */
  #isRelayed(domain: string): boolean {
    const names = namesIn(this.#main.expanded('relay_domains'));
    return [domain, ...parentsOf(domain)].some(
      (name) => names.includes(name) || this.#find('relay_domains', name) !== undefined,
    );
  }

  #find(parameter: string, key: string): string | undefined {
    const tables = tablesIn(parameter, this.#main.expanded(parameter));
    return tables.map((table) => this.#look(table)?.get(key)).find((value) => value !== undefined);
  }

  /** One table that can't be opened, and nothing is taken for anybody. */
  #isBroken(): boolean {
    return this.#tables().some((table) => this.#look(table) === undefined);
  }

  #look(table: Table): Index | undefined {
    const known = this.#read.get(table.path);
    const changedAt = this.#postfix.files.get(table.path)?.changedAt ?? 0;
    const isOld =
      known !== undefined &&
      // In the same millisecond it may have been changed after it was read.
      changedAt >= known.at &&
      this.#postfix.clock.now() >= changedAt + NOTICED_AFTER_MS &&
      isIndexed(table.type);
    return known === undefined || isOld ? this.#open(table) : known.index;
  }

  #open(table: Table): Index | undefined {
    const file = this.#postfix.files.get(table.path);
    // What has no index is read as it is, and read anew only after a reload.
    const index = isIndexed(table.type) ? file?.index : file && plainContents(table, file.text);
    this.#read.set(table.path, { index, at: this.#postfix.clock.now() });
    return index;
  }

  #tables(): Table[] {
    return ['relay_domains', 'transport_maps', 'relay_recipient_maps'].flatMap((parameter) =>
      tablesIn(parameter, this.#main.expanded(parameter)),
    );
  }
}

function partsOf(address: string): { domain: string; full: string } {
  const full = address.toLowerCase();
  return { domain: full.slice(full.lastIndexOf('@') + 1), full };
}

function parentsOf(domain: string): string[] {
  const labels = domain.split('.');
  return labels.slice(1).map((_label, at) => labels.slice(at + 1).join('.'));
}
