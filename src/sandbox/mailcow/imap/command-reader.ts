/** The end of a line that announces a literal: '{12}', or '{12+}' of a client that does not wait for leave to send it. */
const LITERAL = /\{(\d+)(\+?)\}$/;
/** More than any client has to say in one command. */
const MOST_BYTES = 64 * 1024 * 1024;

/** Cuts what a client sends into commands: lines, with the literals of RFC 9051 section 4.3 in them. */
export class CommandReader {
  #pending = Buffer.alloc(0);
  /** Where the line begins that is not yet ended. */
  #lineStart = 0;
  readonly #invite: () => void;

  /** `invite` is called when a client waits for leave to send a literal. */
  constructor(invite: () => void) {
    this.#invite = invite;
  }

  /** Takes bytes; the answer is the commands that are whole now, without their last line break. @throws RangeError where one grows too long */
  read(chunk: Buffer): Buffer[] {
    this.#pending = Buffer.concat([this.#pending, chunk]);
    if (this.#pending.length > MOST_BYTES) throw new RangeError('the command is too long');
    const commands: Buffer[] = [];
    for (;;) {
      const end = this.#pending.indexOf('\n', this.#lineStart);
      if (end < 0) return commands;
      const line = this.#pending.subarray(this.#lineStart, end).toString('latin1').replace(/\r$/, '');
      const [, length, plus] = LITERAL.exec(line) ?? [];
      if (length === undefined) {
        const command = this.#pending.subarray(0, this.#pending[end - 1] === 13 ? end - 1 : end);
        this.#pending = this.#pending.subarray(end + 1);
        this.#lineStart = 0;
        commands.push(command);
        continue;
      }
      const next = end + 1 + Number(length);
      if (plus === '' && this.#pending.length === end + 1) this.#invite();
      if (this.#pending.length < next) return commands;
      this.#lineStart = next;
    }
  }
}
