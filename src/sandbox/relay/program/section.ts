/** Base64 in one line, as the helper packs whatever it tells of files and tools. */
export function packed(text: string): string {
  return `${Buffer.from(text).toString('base64')}\n`;
}

/** How the program ends: what it says on standard output, and its exit status. */
export interface Said {
  readonly stdout: string;
  readonly code: number;
  /** The word for a program where it gave up: 'stale', 'postmap'. */
  readonly failed?: string;
}

/** An end with a word for the program and the tool's own words for people. */
export class GaveUp extends Error {
  readonly word: string;

  constructor(word: string, words: string) {
    super(words);
    this.word = word;
  }
}

/** What giving up looks like. */
export function saidOf({ word, message }: GaveUp, before = ''): Said {
  // The shell strips the ends of lines from what it captures.
  const words = message.replace(/\n+$/, '');
  return { stdout: `${before}@failed ${word}\n${packed(words)}`, code: 1, failed: word };
}
