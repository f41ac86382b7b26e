import type { Clock } from '../../clock.ts';
import { Daemons } from './daemons.ts';
import { DIRECTORY, MainCf } from './main-cf.ts';
import { isIndexed, postmap, type Table, type TableFile, tablesIn } from './table.ts';

/** The three tables of every relay: their files' names by the parameter that names them. */
export const TABLES = {
  relay_domains: 'relay_domains',
  transport_maps: 'transport',
  relay_recipient_maps: 'relay_recipients',
} as const;
export type Parameter = keyof typeof TABLES;
export const PARAMETERS = Object.keys(TABLES) as Parameter[];

/** The parameter by which a sender's mail leaves; no relay has a table for it from the start. */
export const SENDERS = 'sender_dependent_default_transport_maps';
/** Every parameter that the helper program knows. */
export const KNOWN: readonly string[] = [...PARAMETERS, SENDERS];

/** A transport of the helper's making: 'ses-…'. */
export interface Transport {
  /** Its password table, which is shown to nobody. */
  readonly passwords: string;
  readonly headers: string;
}

/** What a Postfix is made with. */
export interface PostfixOptions {
  /** Type of the three tables. */
  readonly maps: string;
  /** Texts by the tables' names ('transport'). */
  readonly files: Readonly<Record<string, string>>;
  /** Parameters of main.cf beside or instead of the usual ones. */
  readonly main: Readonly<Record<string, string>>;
}

/** One Postfix as its administrator sees it: files, main.cf, and daemons that read them when they do. */
export class Postfix {
  readonly host: string;
  readonly main: MainCf;
  readonly files = new Map<string, TableFile>();
  readonly transports = new Map<string, Transport>();
  readonly daemons: Daemons;
  readonly clock: Clock;
  running = true;
  /** Whether there is room for one more byte. */
  isDiskFull = false;
  reloads = 0;
  puts = 0;

  constructor(host: string, clock: Clock, { maps, files, main }: PostfixOptions) {
    this.host = host;
    this.clock = clock;
    const own = PARAMETERS.map((name) => [name, `${maps}:${DIRECTORY}/${TABLES[name]}`] as const);
    this.main = new MainCf([['myhostname', host], ...own, ...Object.entries(main)]);
    for (const [name, text] of Object.entries(files)) this.write(`${DIRECTORY}/${name}`, text);
    for (const table of this.allTables()) this.postmap(table);
    this.daemons = new Daemons(this);
  }

  /** The tables that a parameter names and that are files. */
  tables(parameter: string): Table[] {
    return tablesIn(parameter, this.main.expanded(parameter));
  }

  allTables(): Table[] {
    return KNOWN.flatMap((parameter) => this.tables(parameter));
  }

  write(path: string, text: string): void {
    this.files.set(path, { ...this.files.get(path), text, changedAt: this.clock.now() });
  }

  /** Makes the index anew, as `postmap TYPE:PATH` does; the answer is its complaints. */
  postmap(table: Table): readonly string[] {
    const file = this.files.get(table.path);
    if (!file) return [`postmap: fatal: open ${table.path}: No such file or directory`];
    if (!isIndexed(table.type)) return [];
    const { index, warnings } = postmap(table, file.text);
    file.index = index;
    file.changedAt = this.clock.now();
    return warnings;
  }

  /** `postfix reload`: the daemons forget all that they know. */
  reload(): void {
    this.reloads += 1;
    this.daemons.restart();
  }
}
