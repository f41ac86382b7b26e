interface Shown {
  readonly id: string;
  readonly status: string;
  readonly name?: string | undefined;
  readonly next?: string | undefined;
  readonly seen: readonly { readonly value: string }[];
}

/** So many with one reason are one line. */
const MANY = 3;

/** For a page: of checks that could not be made for one and the same reason, as where all servers are silent, the first says it for all. */
export function withOneReason<T extends Shown>(checks: readonly T[]): T[] {
  const groups = Map.groupBy(checks, (one) =>
    one.status === 'unknown' && one.next === undefined ? reasonOf(one) : '',
  );
  return checks.flatMap((one) => {
    const same = one.status === 'unknown' && one.next === undefined ? (groups.get(reasonOf(one)) ?? []) : [];
    if (same.length < MANY) return [one];
    const others = same.slice(1).map(({ id, name = '' }) => `${id} ${name}`.trim());
    return one === same[0] ? [{ ...one, next: `for the same reason nothing is known of ${others.join(', ')}` }] : [];
  });
}

/** What was seen, without the name in question before it. */
function reasonOf({ seen, name = '' }: Shown): string {
  const values = seen.map(({ value }) => (value.startsWith(`${name}: `) ? value.slice(name.length + 2) : value));
  return values.join('; ');
}
