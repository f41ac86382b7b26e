/** A message in a folder. */
export interface Stored {
  readonly uid: number;
  /** With CRLF line breaks. */
  readonly raw: Buffer;
  readonly flags: Set<string>;
  /** Sandbox milliseconds. */
  readonly receivedAt: number;
}

/** A mailbox's folder: messages in the order of their UIDs. */
export class Folder {
  readonly name: string;
  /** Of RFC 6154: '\\Sent'. */
  readonly use: string | undefined;
  readonly uidValidity: number;
  uidNext = 1;
  messages: readonly Stored[] = [];
  readonly #watchers = new Set<() => void>();

  constructor(name: string, use: string | undefined, uidValidity: number) {
    this.name = name;
    this.use = use;
    this.uidValidity = uidValidity;
  }

  put(raw: Buffer, receivedAt: number, flags: Iterable<string> = []): Stored {
    const message = { uid: this.uidNext, raw, receivedAt, flags: new Set(flags) };
    this.uidNext += 1;
    this.messages = [...this.messages, message];
    this.#tell();
    return message;
  }

  remove(gone: ReadonlySet<number>): void {
    this.messages = this.messages.filter(({ uid }) => !gone.has(uid));
    this.#tell();
  }

  /** Calls `watcher` after messages came or went; the answer unsubscribes. */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  #tell(): void {
    for (const watcher of this.#watchers) watcher();
  }
}

/** All folders of one mailbox, those that Dovecot makes by itself. */
export class Maildir {
  readonly folders: readonly Folder[];

  /** `now` is sandbox milliseconds: another life of the same address has other UIDs. */
  constructor(now: number) {
    const uidValidity = Math.trunc(now / 1000);
    const own: [string, string | undefined][] = [
      ['INBOX', undefined],
      ['Archive', '\\Archive'],
      ['Drafts', '\\Drafts'],
      ['Junk', '\\Junk'],
      ['Sent', '\\Sent'],
      ['Trash', '\\Trash'],
    ];
    this.folders = own.map(([name, use]) => new Folder(name, use, uidValidity));
  }

  get inbox(): Folder {
    const [inbox] = this.folders;
    if (!inbox) throw new Error('a mailbox has an INBOX');
    return inbox;
  }

  find(name: string): Folder | undefined {
    return this.folders.find(
      (folder) => folder.name === name || (name.toUpperCase() === 'INBOX' && folder.name === 'INBOX'),
    );
  }

  get count(): number {
    return this.folders.reduce((sum, { messages }) => sum + messages.length, 0);
  }

  get bytes(): number {
    return this.folders.reduce(
      (sum, { messages }) => sum + messages.reduce((size, { raw }) => size + raw.length, 0),
      0,
    );
  }
}
