/** Where the configuration of every relay is. */
export const DIRECTORY = '/etc/postfix';

/** Delivery services and servers, as `postconf -M` lists master.cf of Debian's Postfix 3.7. */
export const SERVICES = [
  'smtp       inet  n       -       y       -       -       smtpd',
  'pickup     unix  n       -       y       60      1       pickup',
  'cleanup    unix  n       -       y       -       0       cleanup',
  'qmgr       unix  n       -       n       300     1       qmgr',
  'rewrite    unix  -       -       y       -       -       trivial-rewrite',
  'bounce     unix  -       -       y       -       0       bounce',
  'smtp       unix  -       -       y       -       -       smtp',
  'relay      unix  -       -       y       -       -       smtp -o syslog_name=postfix/$service_name',
  'error      unix  -       -       y       -       -       error',
  'discard    unix  -       -       y       -       -       discard',
];

const BUILT_IN: Readonly<Record<string, string>> = {
  mail_version: '3.7.11',
  config_directory: DIRECTORY,
  mydestination: '$myhostname, localhost',
  relay_domains: '',
  transport_maps: '',
  relay_recipient_maps: '',
  sender_dependent_default_transport_maps: '',
  relay_transport: 'relay',
  virtual_alias_domains: '',
  virtual_mailbox_domains: '',
  smtpd_relay_restrictions: 'permit_mynetworks, reject_unauth_destination',
  smtpd_recipient_restrictions: '',
  default_database_type: 'hash',
  // Not loopback: what is taken for relaying is to be told by the tables alone.
  mynetworks: '192.0.2.55/32',
};

/** The parameters of one Postfix: what main.cf says, above what is built in. */
export class MainCf {
  readonly #said: Map<string, string>;

  constructor(said: Iterable<readonly [string, string]>) {
    this.#said = new Map(said);
  }

  /** As main.cf has it. */
  raw(name: string): string {
    return this.#said.get(name) ?? BUILT_IN[name] ?? '';
  }

  /** With $name, ${name} and $(name) replaced by their values. */
  expanded(name: string, depth = 0): string {
    if (depth > 20) return '';
    return this.raw(name).replaceAll(
      /\$(?:(\w+)|\{(\w+)\}|\((\w+)\))/g,
      (_all, plain?: string, curly?: string, round?: string) => this.expanded(plain ?? curly ?? round ?? '', depth + 1),
    );
  }

  /** Says what a parameter is; undefined: what is built in counts again. */
  set(name: string, value: string | undefined): void {
    if (value === undefined) this.#said.delete(name);
    else this.#said.set(name, value);
  }

  /** Says again what another one says. */
  become(other: MainCf): void {
    this.#said.clear();
    for (const [name, value] of other.#said) this.#said.set(name, value);
  }

  copy(): MainCf {
    return new MainCf(this.#said);
  }

  /** The file's text. */
  get text(): string {
    return [...this.#said].map(([name, value]) => line(name, value)).join('');
  }

  entries(): Record<string, string> {
    return Object.fromEntries(this.#said);
  }
}

/** 'name = value' as postconf(1) prints it; an empty value ends with the sign. */
export function line(name: string, value: string): string {
  return `${`${name} = ${value}`.trimEnd()}\n`;
}
