const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const;

/** A span of milliseconds in the largest unit that fits: '3 days', '1 hour', 'less than a minute'. */
export function timeSpan(ms: number): string {
  for (const [name, length] of UNITS) {
    const count = Math.floor(ms / length);
    if (count >= 1) return `${count} ${name}${count === 1 ? '' : 's'}`;
  }
  return 'less than a minute';
}
