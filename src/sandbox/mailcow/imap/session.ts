import type { Installation } from '../installation.ts';
import type { Mailbox } from '../state.ts';
import type { Folder, Stored } from './maildir.ts';

/** A command that is refused for what it asks, not for how it is written: NO, with a response code where there is one. */
export class Refused extends Error {}

/** One client's state: who it is, which folder it has open, and what it has been told of that. */
export class Session {
  readonly cow: Installation;
  /** The client's address. */
  readonly peer: string;
  /** Sends a line, untagged or tagged, or bytes as latin1. */
  readonly say: (line: string) => void;
  mailbox: Mailbox | undefined;
  isLeaving = false;
  isReadOnly = false;
  /** Takes the next line that is no command: of AUTHENTICATE and IDLE. */
  listens: ((line: string) => void) | undefined;
  #folder: Folder | undefined;
  /** The messages that the client counts, in order. */
  #view: readonly Stored[] = [];
  #unwatch = () => {};

  constructor(cow: Installation, peer: string, say: (line: string) => void) {
    this.cow = cow;
    this.peer = peer;
    this.say = say;
  }

  /** Whose mailbox it is. @throws Refused before a login */
  requireUser(): Mailbox {
    // A mailbox that was deleted or whose name lives on in another one has no more sessions.
    if (!this.mailbox || this.cow.mailboxes.get(this.mailbox.username) !== this.mailbox)
      throw new Refused('Please authenticate first');
    return this.mailbox;
  }

  /** The folder that is open. @throws Refused where none is */
  requireFolder(): Folder {
    if (!this.#folder || !this.requireUser()) throw new Refused('No mailbox selected');
    return this.#folder;
  }

  /** Messages with the numbers by which the client knows them. */
  get messages(): readonly { readonly sequence: number; readonly message: Stored }[] {
    return this.#view.map((message, index) => ({ sequence: index + 1, message }));
  }

  open(folder: Folder, isReadOnly: boolean): void {
    this.shut();
    this.#folder = folder;
    this.isReadOnly = isReadOnly;
    this.#view = folder.messages;
  }

  shut(): void {
    this.#unwatch();
    this.#folder = undefined;
    this.#view = [];
  }

  /** Tells what came and went since; numbers must not change under a command that uses them, so what went may have to wait. */
  catchUp(tellsGone = true): void {
    const now = this.#folder?.messages ?? [];
    if (tellsGone) {
      const here = new Set(now);
      for (const { sequence, message } of this.messages.toReversed())
        if (!here.has(message)) this.say(`* ${sequence} EXPUNGE`);
      const before = this.#view.filter((message) => here.has(message)).length;
      this.#view = now;
      if (now.length > before) this.say(`* ${now.length} EXISTS`);
      return;
    }
    const known = new Set(this.#view);
    const fresh = now.filter((message) => !known.has(message));
    if (fresh.length === 0) return;
    this.#view = [...this.#view, ...fresh];
    this.say(`* ${this.#view.length} EXISTS`);
  }

  /** Tells of changes as they happen, until the answer is called. */
  follow(): () => void {
    this.catchUp();
    this.#unwatch = this.#folder?.watch(() => this.catchUp()) ?? (() => {});
    return () => this.#unwatch();
  }
}
