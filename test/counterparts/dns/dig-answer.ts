/** A record as dig prints it: names with their trailing dot, data as in a zone file. */
export interface DigRecord {
  readonly name: string;
  readonly ttl: number;
  readonly type: string;
  readonly data: string;
}

/** What dig heard, read from what it printed; of several answers the last. */
export interface DigAnswer {
  readonly status: string;
  readonly flags: readonly string[];
  /** The name of the question as it came back. */
  readonly question: string;
  readonly answer: readonly DigRecord[];
  readonly authority: readonly DigRecord[];
  readonly additional: readonly DigRecord[];
  readonly transport: string;
}

/** Reads dig's usual output. */
export function readDig(output: string): DigAnswer {
  const section = (title: string): DigRecord[] => {
    const [, text = ''] = new RegExp(`;; ${title} SECTION:\\n([^]*?)\\n(?:\\n|$)`).exec(output) ?? [];
    return text.split('\n').flatMap((line) => {
      const [, name = '', ttl = '', type = '', data = ''] =
        /^([^;\s]\S*)\s+(\d+)\s+\S+\s+(\S+)\s+(.*)$/.exec(line) ?? [];
      return name === '' ? [] : [{ name, ttl: Number(ttl), type, data }];
    });
  };
  return {
    status: /status: (\w+)/.exec(output)?.[1] ?? '',
    flags: (/;; flags: ([^;]*);/.exec(output)?.[1] ?? '').trim().split(/\s+/),
    question: /;; QUESTION SECTION:\n;(\S+)/.exec(output)?.[1] ?? '',
    answer: section('ANSWER'),
    authority: section('AUTHORITY'),
    additional: section('ADDITIONAL'),
    transport: /;; SERVER: .*\((UDP|TCP)\)/.exec(output)?.[1] ?? '',
  };
}
