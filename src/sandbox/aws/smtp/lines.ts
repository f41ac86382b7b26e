import type { Duplex } from 'node:stream';

/** What the other side says, line by line or as a message up to its lone dot. Undefined where the connection ended first. */
export interface Lines {
  line(): Promise<string | undefined>;
  /** The message without its end and with dots unstuffed (RFC 5321 4.5.2); 'too long' beyond `most` bytes, read to its end all the same. */
  message(most: number): Promise<Buffer | 'too long' | undefined>;
  /** Stops listening; what was heard and not read is forgotten, as it must be before STARTTLS (RFC 3207 4.2). */
  leave(): void;
}

const LONGEST_LINE = 64 * 1024;

/** Reads a connection. */
export function readLines(stream: Duplex): Lines {
  let heard = Buffer.alloc(0);
  let pieces: Buffer[] = [];
  let ended = false;
  let wake = () => {};
  const onData = (chunk: Buffer) => {
    pieces.push(chunk);
    wake();
  };
  const onEnd = () => {
    ended = true;
    wake();
  };
  stream.on('data', onData).on('close', onEnd).on('end', onEnd);

  async function more(): Promise<boolean> {
    if (pieces.length === 0 && !ended)
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    if (pieces.length === 0) return false;
    heard = Buffer.concat([heard, ...pieces]);
    pieces = [];
    return true;
  }

  return {
    async line() {
      for (;;) {
        const end = heard.indexOf('\n');
        if (end >= 0) {
          const line = heard.subarray(0, end).toString('latin1').replace(/\r$/, '');
          heard = heard.subarray(end + 1);
          return line;
        }
        if (heard.length > LONGEST_LINE || !(await more())) return undefined;
      }
    },
    async message(most) {
      let before = Buffer.alloc(0);
      let tooLong = false;
      // The end may be the very first line.
      heard = Buffer.concat([Buffer.from('\r\n'), heard]);
      for (;;) {
        const end = heard.indexOf('\r\n.\r\n');
        if (end >= 0) {
          const whole = Buffer.concat([before, heard.subarray(0, end + 2)]);
          heard = heard.subarray(end + 5);
          if (tooLong || whole.length - 2 > most) return 'too long';
          return Buffer.from(whole.subarray(2).toString('latin1').replaceAll(/^\./gm, ''), 'latin1');
        }
        // The end may lie across two pieces: the last four bytes are looked at again.
        const kept = Math.max(0, heard.length - 4);
        before = Buffer.concat([before, heard.subarray(0, kept)]);
        heard = heard.subarray(kept);
        if (before.length > most) {
          tooLong = true;
          before = Buffer.alloc(0);
        }
        if (!(await more())) return undefined;
      }
    },
    leave() {
      stream.off('data', onData).off('close', onEnd).off('end', onEnd);
    },
  };
}
